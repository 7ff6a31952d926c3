// Reads MessagePack: as much of it as the API's columns use, which is all but extensions.

/** The bytes end before the value does: more of them have to come. */
export class Incomplete extends Error {}

const utf8 = new TextDecoder();

/** How each type that says its length in so many bytes is read. The first of the three takes one byte. */
const BINARY = 0xc4;
const TEXT = 0xd9;
const ARRAY = 0xdc;
const MAP = 0xde;

class Reader {
  #bytes;
  #view;
  at;

  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  constructor(bytes, at) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** @returns {unknown} */
  value() {
    const type = this.#unsigned(1);
    if (type <= 0x7f) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type <= 0x8f) return this.#map(type & 0x0f);
    if (type <= 0x9f) return this.#array(type & 0x0f);
    if (type <= 0xbf) return this.#text(type & 0x1f);
    return this.#long(type);
  }

  /** A value whose length, or whole, follows its type. @param {number} type */
  #long(type) {
    if (type === 0xc0) return null;
    if (type === 0xc2 || type === 0xc3) return type === 0xc3;
    if (type >= BINARY && type < BINARY + 3) return this.#take(this.#unsigned(1 << (type - BINARY)));
    if (type >= TEXT && type < TEXT + 3) return this.#text(this.#unsigned(1 << (type - TEXT)));
    if (type === ARRAY || type === ARRAY + 1) return this.#array(this.#unsigned(2 << (type - ARRAY)));
    if (type === MAP || type === MAP + 1) return this.#map(this.#unsigned(2 << (type - MAP)));
    return this.#number(type);
  }

  /** @param {number} type */
  #number(type) {
    const at = this.at;
    const size = type === 0xca ? 4 : type === 0xcb ? 8 : 1 << (type & 3);
    this.#take(size);
    if (type === 0xca) return this.#view.getFloat32(at);
    if (type === 0xcb) return this.#view.getFloat64(at);
    if (type === 0xcf) return this.#view.getBigUint64(at);
    if (type === 0xd3) return this.#view.getBigInt64(at);
    this.at = at;
    const value = this.#unsigned(size);
    if (type >= 0xcc && type <= 0xce) return value;
    if (type >= 0xd0 && type <= 0xd2) return value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
    throw new RangeError(`not a type of MessagePack that is read here: ${type}`);
  }

  /** @param {number} size 1, 2 or 4 bytes. */
  #unsigned(size) {
    const at = this.at;
    this.#take(size);
    if (size === 1) return this.#bytes[at];
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** @param {number} length In bytes. */
  #take(length) {
    const start = this.at;
    if (start + length > this.#bytes.length) throw new Incomplete();
    this.at = start + length;
    return this.#bytes.subarray(start, this.at);
  }

  /** @param {number} length */
  #text(length) {
    return utf8.decode(this.#take(length));
  }

  /** @param {number} length */
  #array(length) {
    const values = [];
    for (let at = 0; at < length; at++) values.push(this.value());
    return values;
  }

  /** @param {number} length */
  #map(length) {
    /** @type {Map<unknown, unknown>} */
    const map = new Map();
    for (let at = 0; at < length; at++) map.set(this.value(), this.value());
    return map;
  }
}

/**
 * The value that begins at a place, and where it ends. Maps are `Map`s, so that no key of a stranger's means anything
 * to the language; byte strings are views of the bytes given; integers of 64 bits are `BigInt`s.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {{value: unknown, end: number}}
 * @throws {Incomplete} when it is cut off
 * @throws {RangeError} when it is of a type that is not read here
 */
export function readValue(bytes, at) {
  const reader = new Reader(bytes, at);
  const value = reader.value();
  return { value, end: reader.at };
}

/**
 * The values of a stream, one after the other, as soon as each is complete.
 * @param {AsyncIterable<Uint8Array>} pieces
 * @returns {AsyncGenerator<unknown>}
 * @throws {Incomplete} when the stream ends within a value
 */
export async function* valuesOf(pieces) {
  /** @type {Uint8Array} */
  let rest = new Uint8Array(0);
  for await (const piece of pieces) {
    rest = joined(rest, piece);
    let at = 0;
    for (let read = tryRead(rest, at); read !== null; read = tryRead(rest, at)) {
      at = read.end;
      yield read.value;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new Incomplete();
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 */
function tryRead(bytes, at) {
  if (at === bytes.length) return null;
  try {
    return readValue(bytes, at);
  } catch (error) {
    if (error instanceof Incomplete) return null;
    throw error;
  }
}

/**
 * @param {Uint8Array} first
 * @param {Uint8Array} second
 */
function joined(first, second) {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
