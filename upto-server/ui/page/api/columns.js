// All events of a timeline as columns (COLUMNS.md of the server), chunk by chunk, for the model to take in as they are.

import { valuesOf } from "./msgpack.js";

/**
 * Up to 65,536 events.
 * @typedef {object} Chunk
 * @property {number} count
 * @property {number} grain How many nanoseconds a unit of `start` and `duration` is.
 * @property {bigint} from When the first one began, in nanoseconds since the epoch.
 * @property {string[]} names Names that no chunk before had.
 * @property {string[]} hosts Likewise; the empty one: none was given.
 * @property {Float64Array} name The number of its name, over all chunks.
 * @property {Float64Array} host Likewise.
 * @property {Float64Array} start Grains since the start of the event before it.
 * @property {Float64Array} duration Grains.
 * @property {Float64Array} state Bits, as COLUMNS.md says.
 * @property {Float64Array} lane 0: it has no id.
 * @property {Pairs} id Of those that have one.
 */

/** Whole numbers of 64 bits, in two halves. @typedef {{low: Uint32Array, high: Uint32Array}} Pairs */

export const COLUMNS_TYPE = "application/msgpack";
const VERSION = 1;
/** The columns with a number for each event. */
const NUMBERS = /** @type {const} */ (["name", "host", "start", "duration", "state", "lane"]);
/** @typedef {typeof NUMBERS[number]} NumbersName */

/**
 * The address of a timeline's columns with its times rounded down to grains.
 * @param {string} href
 * @param {number} grain In nanoseconds.
 */
export function withGrain(href, grain) {
  if (grain === 1) return href;
  const url = new URL(href, document.baseURI);
  url.searchParams.set("grain", String(grain));
  return url.href;
}

/**
 * How many numbers a column has.
 * @param {Uint8Array} column
 */
function lengthOf(column) {
  const length = (column.length - 1) / column[0];
  if (!Number.isInteger(length)) throw new RangeError("a column that ends within a number");
  return length;
}

/**
 * The numbers of a column. Beyond 2^53 their last digits are rounded.
 * @param {Uint8Array} column
 * @returns {Float64Array}
 * @throws {RangeError} when it is none
 */
export function numbersOf(column) {
  const length = column.length <= 1 ? 0 : lengthOf(column);
  const values = new Float64Array(length);
  let scale = 1;
  for (let place = 1; place < column.length; place += length, scale *= 256) {
    for (let at = 0; at < length; at++) values[at] += column[place + at] * scale;
  }
  for (let at = 0; at < length; at++) {
    const value = values[at];
    values[at] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  return values;
}

/**
 * The numbers of a column, to the last bit.
 * @param {Uint8Array} column
 * @returns {Pairs}
 * @throws {RangeError} when it is none
 */
export function pairsOf(column) {
  const length = column.length <= 1 ? 0 : lengthOf(column);
  const low = new Uint32Array(length);
  const high = new Uint32Array(length);
  for (let plane = 0; plane < (column[0] ?? 0); plane++) {
    const half = plane < 4 ? low : high;
    const shift = (plane % 4) * 8;
    const place = 1 + plane * length;
    for (let at = 0; at < length; at++) half[at] |= column[place + at] << shift;
  }
  for (let at = 0; at < length; at++) {
    const sign = -(low[at] & 1);
    low[at] = ((low[at] >>> 1) | (high[at] << 31)) ^ sign;
    high[at] = (high[at] >>> 1) ^ sign;
  }
  return { low, high };
}

/**
 * @param {Map<unknown, unknown>} map
 * @param {string} key
 */
function columnIn(map, key) {
  const column = map.get(key);
  if (!(column instanceof Uint8Array)) throw new RangeError(`a chunk without the column ${key}`);
  return column;
}

/**
 * @param {unknown} value One map of the answer.
 * @returns {Chunk}
 * @throws {RangeError} when it is no chunk of the version that is read here
 */
export function chunkOf(value) {
  if (!(value instanceof Map) || value.get("version") !== VERSION)
    throw new RangeError("no chunk of columns");
  const count = Number(value.get("count"));
  const grain = Number(value.get("grain") ?? 1);
  if (!(grain >= 1)) throw new RangeError("a grain of nothing");
  const columns = NUMBERS.map((key) => [key, numbersOf(columnIn(value, key))]);
  if (columns.some(([, column]) => column.length !== count))
    throw new RangeError("columns of different lengths");
  return {
    count,
    grain,
    from: BigInt(value.get("from")),
    names: value.get("names"),
    hosts: value.get("hosts"),
    id: pairsOf(columnIn(value, "id")),
    .../** @type {Record<NumbersName, Float64Array>} */ (Object.fromEntries(columns)),
  };
}

/**
 * The chunks of an answer, each as soon as it has come.
 * @param {AsyncIterable<Uint8Array>} pieces
 * @returns {AsyncGenerator<Chunk>}
 */
export async function* chunksOf(pieces) {
  for await (const value of valuesOf(pieces)) yield chunkOf(value);
}
