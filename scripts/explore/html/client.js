// What the report's page does beside being read: everything works without it but search, sorting, copying, the theme.
;(() => {
  const root = document.documentElement
  root.classList.add('js')

  // Theme: the system's, until somebody chooses. A file that was opened from disk may not be allowed to remember.
  const stored = 'database-report-theme'
  const systemDark = matchMedia('(prefers-color-scheme: dark)')
  const remember = theme => {
    try {
      localStorage.setItem(stored, theme)
    } catch {}
  }
  try {
    const theme = localStorage.getItem(stored)
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  } catch {}
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : systemDark.matches)
  const showTheme = () => {
    const button = document.querySelector('.theme')
    if (button) button.setAttribute('aria-pressed', String(isDark()))
  }
  systemDark.addEventListener('change', showTheme)

  const say = text => {
    document.getElementById('status').textContent = text
  }

  // Tables: headings become buttons when they come into sight.
  function upgrade(within) {
    for (const heading of within.querySelectorAll('th')) {
      if (heading.firstElementChild || heading.closest('details:not([open])')) continue
      if (heading.closest('table').tBodies[0].rows.length < 2) continue
      const button = document.createElement('button')
      button.type = 'button'
      button.textContent = heading.textContent
      heading.replaceChildren(button)
    }
  }
  const order = new Intl.Collator('en', { numeric: true })
  function keyOf(cell) {
    if (!('v' in cell.dataset)) return cell.textContent
    return cell.dataset.v === '' ? null : Number(cell.dataset.v)
  }
  function sort(heading) {
    const body = heading.closest('table').tBodies[0]
    const column = heading.cellIndex
    const now = heading.getAttribute('aria-sort')
    const down = now ? now === 'ascending' : heading.classList.contains('number')
    for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort')
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending')
    const rows = [...body.rows].map(row => ({ row, key: keyOf(row.cells[column]) }))
    rows.sort((a, b) => {
      // What is not known stands last, whichever way.
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null)
      const sign = typeof a.key === 'number' ? a.key - b.key : order.compare(a.key, b.key)
      return down ? -sign : sign
    })
    body.append(...rows.map(({ row }) => row))
    say(`Sorted by ${heading.textContent}, ${down ? 'descending' : 'ascending'}`)
  }

  // Details whose content is still text, in a large report.
  function unfold(details) {
    for (const waiting of details.querySelectorAll('noscript')) {
      const template = document.createElement('template')
      template.innerHTML = waiting.textContent
      waiting.replaceWith(template.content)
    }
  }
  function open(details) {
    unfold(details)
    details.open = true
    upgrade(details)
  }
  document.addEventListener(
    'toggle',
    ({ target }) => {
      if (target.localName !== 'details' || !target.open) return
      unfold(target)
      upgrade(target)
    },
    true,
  )
  let closed = []
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('main details:not([open])')]
    for (const details of closed) open(details)
  })
  addEventListener('afterprint', () => {
    for (const details of closed) details.open = false
    closed = []
  })

  // Links within the page open what they lead to.
  function show(anchor, column) {
    const target = document.getElementById(anchor)
    if (!target) return
    for (let at = target; at; at = at.parentElement) if (at.localName === 'details') open(at)
    const details = target.closest('details')
    let goal = details ? details.querySelector('summary') : target
    if (column !== undefined) {
      for (const row of document.querySelectorAll('tr.hit')) row.classList.remove('hit')
      const rows = target.querySelector('table')?.tBodies[0].rows ?? []
      const row = [...rows].find(one => one.cells[0].querySelector('code').textContent === column)
      if (row) {
        row.classList.add('hit')
        goal = row
      }
    }
    goal.scrollIntoView({ block: goal.localName === 'tr' ? 'center' : 'start' })
    const focus = details ? details.querySelector('summary') : target
    if (!details) focus.tabIndex = -1
    focus.focus({ preventScroll: true })
  }
  // Somebody may have typed the address by hand.
  const anchorIn = hash => {
    try {
      return decodeURIComponent(hash.slice(1))
    } catch {
      return hash.slice(1)
    }
  }
  const toHash = () => {
    if (location.hash.length > 1) show(anchorIn(location.hash))
  }
  addEventListener('hashchange', toHash)
  function go(anchor, column) {
    if (location.hash !== `#${anchor}`) history.pushState(null, '', `#${anchor}`)
    show(anchor, column)
  }
  addEventListener('popstate', toHash)

  // Search: a text for each relation, in which all words must be found.
  const most = 50
  let entries = null
  let found = []
  let chosen = -1
  function load() {
    if (entries) return
    entries = JSON.parse(document.getElementById('data').textContent).map(([id, anchor, kind, columns]) => ({
      id,
      anchor,
      kind,
      columns,
      lower: id.toLowerCase(),
      all: [id, ...columns.map(column => `${id}.${column}`)].join('\n').toLowerCase(),
    }))
  }
  function worth(text, words) {
    let sum = 0
    for (const word of words) {
      const at = text.lastIndexOf(word)
      if (at < 0) return 0
      const begins = at === 0 || /[._"\s]/.test(text[at - 1])
      sum += 1 + (begins ? 2 : 0) + (at + word.length === text.length ? 2 : 0)
    }
    return sum
  }
  function find(query) {
    load()
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    if (words.length === 0) return { hits: [], total: 0 }
    const hits = []
    for (const entry of entries) {
      if (!words.every(word => entry.all.includes(word))) continue
      const own = worth(entry.lower, words)
      if (own > 0) hits.push({ entry, worth: own + 3 })
      for (const column of entry.columns) {
        const full = `${entry.lower}.${column.toLowerCase()}`
        // A column that says no more than its table does is not worth a line.
        if (own > 0 && !words.some(word => column.toLowerCase().includes(word))) continue
        const its = worth(full, words)
        if (its > 0) hits.push({ entry, column, worth: its })
      }
    }
    hits.sort((a, b) => b.worth - a.worth)
    return { hits: hits.slice(0, most), total: hits.length }
  }
  function marked(text, words) {
    const code = document.createElement('code')
    const lower = text.toLowerCase()
    let from = 0
    while (from < text.length) {
      let at = -1
      let length = 0
      for (const word of words) {
        const place = lower.indexOf(word, from)
        if (place >= 0 && (at < 0 || place < at)) [at, length] = [place, word.length]
      }
      if (at < 0) break
      code.append(text.slice(from, at))
      code.append(Object.assign(document.createElement('mark'), { textContent: text.slice(at, at + length) }))
      from = at + length
    }
    code.append(text.slice(from))
    return code
  }
  const part = name => document.getElementById(name)
  function choose(number) {
    const options = part('results').children
    options[chosen]?.setAttribute('aria-selected', 'false')
    chosen = number
    const option = options[chosen]
    if (!option) return part('query').removeAttribute('aria-activedescendant')
    option.setAttribute('aria-selected', 'true')
    option.scrollIntoView({ block: 'nearest' })
    part('query').setAttribute('aria-activedescendant', option.id)
  }
  function close() {
    part('results').hidden = true
    part('query').setAttribute('aria-expanded', 'false')
    part('query').removeAttribute('aria-activedescendant')
    chosen = -1
  }
  function search() {
    const query = part('query').value
    const { hits, total } = find(query)
    if (query.trim() === '') return close()
    found = hits
    chosen = -1
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const list = part('results')
    list.replaceChildren(
      ...hits.map(({ entry, column }, number) => {
        const option = document.createElement('li')
        option.id = `result-${number}`
        option.role = 'option'
        option.setAttribute('aria-selected', 'false')
        const kind = document.createElement('small')
        kind.textContent = column === undefined ? entry.kind : 'column'
        option.append(marked(column === undefined ? entry.id : `${entry.id}.${column}`, words), kind)
        return option
      }),
    )
    const summary =
      total === 0 ? 'Nothing found' : total > most ? `The first ${most} of ${total}` : `${total} found`
    if (total === 0 || total > most) {
      const line = document.createElement('li')
      line.className = 'empty'
      line.role = 'presentation'
      line.textContent = summary
      list.append(line)
    }
    list.hidden = false
    part('query').setAttribute('aria-expanded', 'true')
    if (hits.length > 0) choose(0)
    say(summary)
  }
  function take(number) {
    const hit = found[number]
    if (!hit) return
    close()
    part('query').blur()
    go(hit.entry.anchor, hit.column)
  }

  async function copy(button) {
    const text = button.closest('.sql').querySelector('pre').textContent
    const label = button.dataset.label ?? button.textContent
    button.dataset.label = label
    let done = false
    try {
      await navigator.clipboard.writeText(text)
      done = true
    } catch {
      const area = document.createElement('textarea')
      area.value = text
      document.body.append(area)
      area.select()
      done = document.execCommand('copy')
      area.remove()
      button.focus()
    }
    button.textContent = done ? 'Copied' : 'Not copied'
    say(done ? 'Copied' : 'Could not be copied')
    setTimeout(() => {
      button.textContent = label
    }, 2000)
  }

  document.addEventListener('input', ({ target }) => target.id === 'query' && search())
  document.addEventListener('focusin', ({ target }) => target.id === 'query' && target.value && search())
  document.addEventListener('mousedown', event => {
    const option = event.target.closest?.('[role=option]')
    if (!option) return event.target.closest?.('.search') || close()
    event.preventDefault()
    take(Number(option.id.slice('result-'.length)))
  })
  document.addEventListener('click', event => {
    const { target } = event
    const heading = target.closest('th')
    if (heading && target.closest('button')) sort(heading)
    if (target.closest('.copy')) copy(target.closest('.copy'))
    if (target.closest('.theme')) {
      root.dataset.theme = isDark() ? 'light' : 'dark'
      remember(root.dataset.theme)
      showTheme()
    }
    const link = target.closest('a')
    const href = link?.getAttribute('href') ?? link?.getAttributeNS('http://www.w3.org/1999/xlink', 'href')
    if (!href?.startsWith('#') || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    go(anchorIn(href))
  })
  document.addEventListener('keydown', event => {
    const typing = /^(input|textarea|select)$/.test(event.target.localName)
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault()
      part('query').focus()
    }
    if (event.target.id !== 'query') return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      if (found.length > 0) choose((chosen + step + found.length) % found.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      take(chosen)
    } else if (event.key === 'Escape') {
      event.target.value = ''
      close()
    }
  })
  document.addEventListener('focusout', ({ target }) => {
    if (target.id === 'query') close()
  })

  // The sidebar shows where one is.
  function follow() {
    const links = new Map(
      [...document.querySelectorAll('nav .sections a')].map(link => [link.hash.slice(1), link]),
    )
    const seen = new Set()
    const observer = new IntersectionObserver(
      changes => {
        for (const { target, isIntersecting } of changes) {
          if (isIntersecting) seen.add(target.id)
          else seen.delete(target.id)
        }
        const first = [...links.keys()].find(id => seen.has(id))
        for (const [id, link] of links) {
          if (id === first) link.setAttribute('aria-current', 'true')
          else link.removeAttribute('aria-current')
        }
      },
      { rootMargin: '-80px 0px -60% 0px' },
    )
    for (const section of document.querySelectorAll('main > section')) observer.observe(section)
  }
  // Search and theme are there as soon as the bar is, however long the rest is.
  const watch = new MutationObserver(() => {
    if (!document.getElementById('data')?.nextSibling && document.readyState === 'loading') return
    watch.disconnect()
    document.querySelector('.search').hidden = false
    document.querySelector('.theme').hidden = false
    showTheme()
  })
  watch.observe(root, { childList: true, subtree: true })
  document.addEventListener('DOMContentLoaded', () => {
    watch.disconnect()
    document.querySelector('.search').hidden = false
    document.querySelector('.theme').hidden = false
    showTheme()
    upgrade(document)
    follow()
    toHash()
  })
})()
