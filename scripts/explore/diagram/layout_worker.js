// Graphviz, in a thread of its own: it cannot be interrupted, but a thread can be ended. Plain JavaScript, because a
// thread begins without tsx.
import { parentPort, workerData } from 'node:worker_threads'
import { Graphviz } from '@hpcc-js/wasm-graphviz'

for (const [at, dot] of workerData.entries()) {
  try {
    // Loaded anew after an error; the same instance otherwise.
    const graphviz = await Graphviz.load()
    // Leaves of one hub are staggered: fifty tables one below the other are a very high picture.
    const staggered = graphviz.unflatten(dot, 4, true, 0)
    parentPort.postMessage({ at, plain: graphviz.layout(staggered, 'plain', 'dot') })
  } catch (error) {
    parentPort.postMessage({ at, failed: String(error?.message ?? error) })
  }
}
