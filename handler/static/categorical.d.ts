/** Types of `categorical.js`. The functions of URLs throw a RangeError for bad input. */

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

/** What /tilejson/<keys>.json answers. */
export interface TileJSON {
  tilejson: string;
  name: string;
  tiles: string[];
  bounds: [number, number, number, number];
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
  legend: string;
  attribution?: string;
  classes: Class[];
  client: string;
}

/** A class in terms of STAC, as /classes and /tilejson have it. */
export interface Class {
  value: number;
  name: string;
  title: string;
  color_hint: string;
  /** 0 to 255; 255 where it is left out. */
  alpha?: number;
  nodata?: boolean;
  count: number | null;
  percentage: number | null;
}

/** An entry of /legend/<keys>.json. */
export interface LegendEntry {
  value: number;
  label: string;
  color: string;
  alpha?: number;
}

export interface LegendSettings {
  /**
   * Called when a class was switched: with labels as `show` takes them, [] for all of them; null
   * where nothing is to be drawn.
   */
  onChange?(show: string[] | null): void;
}

/** Fills `element` with the legend; gives the list that is now its only child. */
export function legend(
  element: Element,
  classes: readonly (Class | LegendEntry)[],
  settings?: LegendSettings,
): HTMLUListElement;

/** Options of `L.tileLayer(tilejson.tiles[0], ...)`. */
export function leafletOptions(tilejson: TileJSON): {
  bounds: [[number, number], [number, number]];
  minZoom: number;
  maxZoom: number;
  maxNativeZoom: number;
  attribution: string;
};

/** Handler of Leaflet's `tileloadstart`: pixels keep their edges when a tile is enlarged. */
export function crisp(event: { tile: HTMLElement }): void;

/** Options of `new ol.source.TileJSON(...)`. */
export function openLayersOptions(tilejson: TileJSON): {
  tileJSON: TileJSON;
  crossOrigin: 'anonymous';
  interpolate: false;
  transition: 0;
};

/** The source for MapLibre GL's `map.addSource(id, ...)`. */
export function mapLibreSource(tilejson: TileJSON): {
  type: 'raster';
  tiles: string[];
  bounds: [number, number, number, number];
  minzoom: number;
  maxzoom: number;
  attribution: string;
  tileSize: number;
};

/** The layer for MapLibre GL's `map.addLayer(...)`; `source` is `id` unless given. */
export function mapLibreLayer(
  id: string,
  source?: string,
): {
  id: string;
  source: string;
  type: 'raster';
  paint: { 'raster-resampling': 'nearest'; 'raster-fade-duration': 0 };
};

/** Properties of deck.gl's `new TileLayer(...)`. */
export function deckOptions<Layer>(
  tilejson: TileJSON,
  BitmapLayer: new (...props: any[]) => Layer,
): {
  data: string[];
  extent: [number, number, number, number];
  minZoom: number;
  maxZoom: number;
  tileSize: number;
  renderSubLayers(props: any): Layer;
};
