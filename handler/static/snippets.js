/** Code that shows a dataset in a map library, ready to be copied: on the map page, in docs/maps.md. */

import { quoteComponent } from './categorical.js';

/** {name: {title, note, code(facts)}}; facts are the addresses `client`, `tilejson`, `tiles`, `maxzoom`. */
export const SNIPPETS = {
  leaflet: {
    title: 'Leaflet',
    note: 'Leaflet 1.9, its style sheet, and elements with the ids map and legend.',
    code: (facts) => `${start(facts, 'crisp, leafletOptions, legend')}
const map = L.map('map').setView([lat, lon], zoom);
L.tileLayer(tilejson.tiles[0], leafletOptions(tilejson)).on('tileloadstart', crisp).addTo(map);
${LEGEND}`,
  },
  openlayers: {
    title: 'OpenLayers',
    note: 'OpenLayers 10 as ol, its style sheet, and elements with the ids map and legend.',
    code: (facts) => `${start(facts, 'legend, openLayersOptions')}
const source = new ol.source.TileJSON(openLayersOptions(tilejson));
new ol.Map({
  target: 'map',
  layers: [new ol.layer.Tile({ source })],
  view: new ol.View({ center: ol.proj.fromLonLat([lon, lat]), zoom }),
});
${LEGEND}`,
  },
  maplibre: {
    title: 'MapLibre GL',
    note: 'MapLibre GL 5, its style sheet, and elements with the ids map and legend.',
    code: (facts) => `${start(facts, 'legend, mapLibreLayer, mapLibreSource')}
new maplibregl.Map({
  container: 'map',
  center: [lon, lat],
  zoom: zoom - 1, // its tiles are 512 pixels wide, ours 256
  style: {
    version: 8,
    sources: { classes: mapLibreSource(tilejson) },
    layers: [mapLibreLayer('classes')],
  },
});
${LEGEND}`,
  },
  deck: {
    title: 'deck.gl',
    note: 'deck.gl 9 as deck, and elements with the ids map and legend.',
    code: (facts) => `${start(facts, 'deckOptions, legend')}
new deck.Deck({
  parent: document.getElementById('map'),
  initialViewState: { longitude: lon, latitude: lat, zoom: zoom - 1 }, // of 512 pixels
  controller: true,
  layers: [new deck.TileLayer(deckOptions(tilejson, deck.BitmapLayer))],
});
${LEGEND}`,
  },
  cesium: {
    title: 'Cesium',
    note: 'A Cesium.Viewer named viewer.',
    code: ({ tilejson }) => `const tilejson = await (await fetch('${tilejson}')).json();
const provider = new Cesium.UrlTemplateImageryProvider({
  url: tilejson.tiles[0],
  rectangle: Cesium.Rectangle.fromDegrees(...tilejson.bounds),
  maximumLevel: tilejson.maxzoom,
});
const nearest = {
  minificationFilter: Cesium.TextureMinificationFilter.NEAREST,
  magnificationFilter: Cesium.TextureMagnificationFilter.NEAREST,
};
viewer.imageryLayers.add(new Cesium.ImageryLayer(provider, nearest));
`,
  },
  qgis: {
    title: 'QGIS',
    note: 'In the Python console of QGIS.',
    code: ({ tiles, maxzoom }) => `uri = "type=xyz&zmin=0&zmax=${maxzoom}&url=${quoteComponent(tiles)}"
iface.addRasterLayer(uri, "classes", "wms")
`,
  },
  xyz: {
    title: 'any other (XYZ)',
    note: 'The address of the tiles, which are 256 pixels wide.',
    code: ({ tiles }) => `${tiles}\n`,
  },
};

const LEGEND = `legend(document.getElementById('legend'), tilejson.classes);
`;

function start({ client, tilejson }, names) {
  return `import { ${names} } from '${client}';

const tilejson = await (await fetch('${tilejson}')).json();
const [lon, lat, zoom] = tilejson.center;
`;
}
