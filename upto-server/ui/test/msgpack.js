// Writes MessagePack, as much of it as tests need.

/** A byte string. @typedef {{bytes: Uint8Array}} Bin */

/** @param {Uint8Array} bytes @returns {Bin} */
export function bin(bytes) {
  return { bytes };
}

/** @param {number} value @param {number} size */
function big(value, size) {
  return Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** (size - 1 - at)) % 256);
}

/** @param {bigint} value */
function long(value) {
  return Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * (7 - at))) & 255n));
}

/**
 * @param {any} value
 * @returns {number[]}
 */
function bytesOf(value) {
  if (typeof value === "bigint") return [0xd3, ...long(BigInt.asUintN(64, value))];
  if (typeof value === "number") return value < 128 ? [value] : [0xce, ...big(value, 4)];
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return [0xd9, text.length, ...text];
  }
  if (Array.isArray(value)) return [0xdc, ...big(value.length, 2), ...value.flatMap(bytesOf)];
  if (value.bytes instanceof Uint8Array) return [0xc6, ...big(value.bytes.length, 4), ...value.bytes];
  const entries = Object.entries(value);
  return [0x80 | entries.length, ...entries.flatMap(([key, each]) => [...bytesOf(key), ...bytesOf(each)])];
}

/** @param {any} value */
export function encode(value) {
  return Uint8Array.from(bytesOf(value));
}
