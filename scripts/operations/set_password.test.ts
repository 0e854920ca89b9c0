import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isAmbiguous, scramVerifier } from './set_password.ts'

const bytes = (base64: string) => Buffer.from(base64, 'base64')
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

describe('the SCRAM verifier', () => {
  // What PostgreSQL 17 stored for CREATE ROLE … PASSWORD, with the salt that it chose.
  test.each([
    [
      'pencil',
      'SCRAM-SHA-256$4096:ywM9YYh6xMusMLwoE1ij9g==$13zkTrvxJQtRljLa3etPFM1GtiB4wO7NqC6joXoBd+Q=:gVtLvwc2c8P/APmv/VqXU9PGOSAuPb265hK9MMdcSGY=',
    ],
    [
      'pässwörd',
      'SCRAM-SHA-256$4096:9MLnhQxWz2eRp4axksZRBA==$7+Jd+hdt+qznRMVESYY7rL/8p0jSnl87Upcqa/i6SY4=:/UoT9L2ovSjqySKYoCO9mMkMxYYa3zEXMMEZYG9TR0c=',
    ],
    [
      '\ufb01',
      'SCRAM-SHA-256$4096:Dx99zXfMWHVVBVWJfiNgeg==$zEQtoTuOxszeVd3WG+OMNHkDrtUmTtZv7fStuAFDu6w=:LLppt4+fmdMAKz9w6iusz0rP4y7KE5nfZ1EeMQM4U3o=',
    ],
    [
      'a\u00a0b',
      'SCRAM-SHA-256$4096:x5ytlaZlxLYFJeKOFa1B7A==$z9v/k9h0qL+/N63b+6IDl0zyaK4ytxI5Dviy1FEFC7o=:7M/Chr0HJYgukmwKED/G/pt4QIzO/9jR6T+yPKTUcdg=',
    ],
    [
      'e\u0301',
      'SCRAM-SHA-256$4096:698eB6BatqylVLB/J2RG5Q==$tIvpFYx7Y0PYSU1LLd3N3jNNungngmBZ++Ib6//Mj3E=:7n8qjoemDglLpwsDbiaMH0sO2UqK+qICnu7W4uq5ZAg=',
    ],
    [
      'tab\there',
      'SCRAM-SHA-256$4096:FN61l/A3RJunz4/M7AkK1Q==$HzARAFQWuPkuek+aHvhmc4Rz1xSOfyJ1Ng95QyGCfLA=:kj1E/cTY7FbNitpda9WNK0tuU0iCN3yXiMpbhQJXpuU=',
    ],
  ])('of %j is what PostgreSQL stores', (password, stored) => {
    const salt = bytes(/^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(stored)?.[1] ?? '')
    expect(scramVerifier(password, salt)).toBe(stored)
  })

  test('lets the exchange of RFC 7677 end well', () => {
    const verifier = scramVerifier('pencil', bytes('W22ZaJ0SNY7soEsUEjb6gQ=='))
    const [, storedKey = '', serverKey = ''] = /\$([^$:]+):([^$:]+)$/.exec(verifier) ?? []
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
    const exchange = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`
    expect(hmac(bytes(serverKey), exchange).toString('base64')).toBe(
      '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    )
    const proof = bytes('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=')
    const signature = hmac(bytes(storedKey), exchange)
    const clientKey = proof.map((byte, i) => byte ^ (signature[i] ?? 0))
    expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey)
  })

  test('has another salt each time, and never the password', () => {
    const [one, other] = [scramVerifier('hunter2'), scramVerifier('hunter2')]
    expect(one).not.toBe(other)
    expect(one).toMatch(/^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=$/)
    expect(one).not.toContain('hunter2')
  })
})

test.each([
  ['plain ASCII: it\'s "ours"', false],
  ['pässwörd ✓ 😀', false],
  ['soft\u00adhyphen', true],
  ['zero\u200dwidth', true],
  ['ﬁ😀', true],
  ['e\u0301😀', true],
])('whether programs agree on %j', (password, ambiguous) => expect(isAmbiguous(password)).toBe(ambiguous))
