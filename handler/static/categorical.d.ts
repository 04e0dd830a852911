/** Types of `categorical.js`. Every function throws a RangeError for bad input. */

/** Hex digits with or without `#` (3, 4, 6 or 8 of them), or RGB(A) of 0 to 255. */
export type Color = string | ArrayLike<number>;

/** A colour as a URL has it: six lower-case hex digits, or RGBA where not opaque. */
export type WrittenColor = string | [number, number, number, number];

/** {pixel value: colour}. Values past 2 ** 53 are text or BigInt. */
export type Colors = Record<string | number, Color> | Map<number | bigint | string, Color>;

/** [z, x, y], or what names its parts: Leaflet's coords, deck.gl's tile index. */
export type Tile = readonly [number, number, number] | { z: number; x: number; y: number };

/** The value of one of Terracotta's further parameters. */
export type Option = string | number | boolean | readonly (string | number | boolean | null)[];

export interface TileSettings {
  /** Without it the URL is a template with a literal `{z}/{x}/{y}`. */
  tile?: Tile | null;
  /** The longest URL to give; EDGE_BYTES by default. */
  maxBytes?: number;
}

export interface SinglebandSettings extends TileSettings {
  tile_size?: readonly [number, number];
  [option: string]: Option | Tile | null | undefined;
}

export interface CategoricalSettings extends TileSettings {
  /** Labels of the classes to draw; all of them when empty. */
  show?: Iterable<string>;
  /** The dataset's version: such a tile may be kept for a year. */
  version?: string | null;
}

interface TileURL {
  base: string;
  keys: string[];
  /** null for a template. */
  tile: [number, number, number] | null;
}

export interface SinglebandURL extends TileURL {
  kind: 'singleband';
  /** The pixel values are decimal text, which holds 64 bits. */
  colors: Record<string, WrittenColor>;
  options: Record<string, Option>;
}

export interface CategoricalURL extends TileURL {
  kind: 'categorical';
  show: string[];
  version: string | null;
}

/** API Gateway's longest URL, in bytes, of an edge-optimised API (CloudFront). */
export const EDGE_BYTES: 8192;

/** API Gateway's longest URL, in bytes, of a regional API. */
export const REGIONAL_BYTES: 10240;

/** One component of a URL: everything encoded but `A-Z a-z 0-9 - _ . ~`. */
export function quoteComponent(text: string): string;

/** The encoded value of `explicit_color_map`. */
export function explicitColorMap(colors: Colors): string;

/** The URL of a tile in these colours, or a template with a literal `{z}/{x}/{y}`. */
export function singlebandUrl(
  base: string,
  keys: Iterable<string>,
  colors: Colors,
  settings?: SinglebandSettings,
): string;

/** The short URL of a tile in the registered colours. */
export function categoricalUrl(
  base: string,
  keys: Iterable<string>,
  settings?: CategoricalSettings,
): string;

/** What singlebandUrl or categoricalUrl made `url` of, also after it was re-encoded on the way. */
export function parseUrl(url: string): SinglebandURL | CategoricalURL;
