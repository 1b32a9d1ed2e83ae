import { escape, Html } from '../html.js'

/**
 * Vega-Lite to SVG without a browser. Texts and lines take the page's colour, so that a chart follows light
 * and dark.
 */
export async function chart(spec: object, label: string, prefix: string): Promise<Html> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')])
  const compiled = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'transparent',
    config,
    ...spec,
  } as never).spec
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error })
  const svg = await view.toSVG()
  view.finalize()
  // Ids of clip paths are counted over the process; a fixed prefix a chart keeps the page's bytes the same
  // and its ids apart.
  let clip = 0
  const ids = new Map<string, string>()
  const fixed = svg.replace(/(id="|url\(#)((?:clip|gradient_?)\d+)/g, (_, before: string, id: string) => {
    if (!ids.has(id)) ids.set(id, `${prefix}-${clip++}`)
    return `${before}${ids.get(id)}`
  })
  return new Html(fixed.replace('<svg ', `<svg role="img" aria-label="${escape(label)}" `))
}

const config = {
  font: 'system-ui, sans-serif',
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.12,
    domainOpacity: 0.3,
    tickOpacity: 0.3,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 260,
  },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', labelFontSize: 12 },
  header: { labelColor: 'currentColor', titleColor: 'currentColor', labelFontSize: 13, labelFontWeight: 600 },
  view: { stroke: null },
}
