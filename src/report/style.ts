/**
 * An expert has the same colour everywhere on the page; colour-blind readers can distinguish the palette of
 * Okabe and Ito.
 */
export const expertColours = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#8c6d31',
  '#7f7f7f',
] as const

export const colourOf = (expert: number): string => expertColours[expert % expertColours.length] as string

export const style = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #dde2e8; --paper: #fbfbfa;
  --card: #ffffff; --mark: #0b5d9c; --good: #1a7f4b; --bad: #b3401f; --warn: #8a5a00; --warnbg: #fff6e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #313945;
  --paper: #14181e; --card: #1b2028; --mark: #6cb4ee; --good: #5fd39a; --bad: #ff9a7a; --warn: #f0c060;
  --warnbg: #2d2614; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 21px; margin: 56px 0 6px; letter-spacing: -0.005em; }
h3 { font-size: 16px; margin: 24px 0 6px; }
p { margin: 6px 0 12px; max-width: 76ch; }
.soft, caption, figcaption { color: var(--soft); }
.small { font-size: 13.5px; }
.verdict { font-size: 17px; line-height: 1.5; border-left: 4px solid var(--mark); padding: 4px 0 4px 16px;
  margin: 20px 0 8px; max-width: 72ch; }
.verdict p { margin: 0 0 6px; }
.figures { display: flex; flex-wrap: wrap; gap: 1px; background: var(--line);
  border: 1px solid var(--line); border-radius: 8px; overflow: hidden; margin: 24px 0; }
.figures div { flex: 1 1 130px; background: var(--card); padding: 14px 16px; }
.figures b { display: block; font-size: 24px; font-weight: 600; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: 13.5px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; font-variant-numeric: tabular-nums;
  margin: 10px 0 6px; }
caption { text-align: left; font-size: 13.5px; padding: 0 0 6px; }
th, td { padding: 6px 12px 6px 0; text-align: left; border-bottom: 1px solid var(--line);
  vertical-align: baseline; }
th { font-weight: 600; font-size: 13.5px; }
td.n, th.n { text-align: right; padding-right: 18px; white-space: nowrap; }
tbody th { font-weight: 400; font-size: inherit; } table.top td, table.top th { vertical-align: top; }
td .ci { color: var(--soft); font-size: 12px; margin-left: 5px; }
tr.group td { border-bottom: none; padding-top: 16px; color: var(--soft); font-size: 12.5px;
  font-weight: 600; }
td.best { font-weight: 700; color: var(--mark); }
.win { color: var(--good); } .loss { color: var(--bad); }
.warn { background: var(--warnbg); color: var(--warn); border-radius: 6px; padding: 8px 12px;
  margin: 8px 0; font-size: 14.5px; max-width: 80ch; }
.warn ul { margin: 4px 0 0; padding-left: 18px; } .warn b { font-weight: 600; }
.balance { font-variant-numeric: tabular-nums; font-size: 17px; padding: 10px 14px;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; max-width: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(330px, 100%), 1fr));
  gap: 24px 8px; }
.charts h4 { margin: 0 0 4px; font-size: 14px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 20px;
  margin-top: 16px; }
.card { background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--expert);
  border-radius: 8px; padding: 14px 18px 16px; }
.card h3 { margin: 0 0 2px; }
.words { margin: 10px 0; line-height: 1.9; }
.words span { border: 1px solid var(--line); border-radius: 99px; padding: 2px 9px; margin-right: 4px;
  font-size: 13.5px; white-space: nowrap; }
.pictures { display: flex; flex-wrap: wrap; gap: 6px; margin: 10px 0; }
.pictures img { width: 48px; height: 48px; object-fit: contain; background: #fff;
  border: 1px solid var(--line); border-radius: 5px; }
.card ul { margin: 4px 0 0; padding-left: 18px; font-size: 14px; }
details { margin: 8px 0; } summary { cursor: pointer; color: var(--mark); font-size: 14.5px; }
.bar { display: flex; height: 18px; min-width: 180px; border-radius: 4px; overflow: hidden;
  background: var(--line); }
.bar i { display: block; height: 100%; }
.key { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13.5px; color: var(--soft); margin: 6px 0; }
.key i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; }
figure { margin: 16px 0; overflow-x: auto; } figure svg { max-width: 100%; height: auto; color: var(--ink);
  display: block; }
figcaption { font-size: 13.5px; max-width: 76ch; }
code { font: 13px ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
footer { margin-top: 64px; border-top: 1px solid var(--line); padding-top: 12px; color: var(--soft);
  font-size: 13.5px; }
@media (max-width: 460px) { .cards { grid-template-columns: 1fr; } }
@media (max-width: 600px) { table.top { min-width: 620px; } main { padding: 24px 16px 56px; } .map svg {
  max-width: none; width: 720px; } td .ci { display: block; margin: 0; } }
@media print { :root { color-scheme: light; --paper: #fff; --card: #fff; } body { font-size: 11pt; } main {
  max-width: none; padding: 0; } .card, figure, tr { break-inside: avoid; } details > * { display: block; } }
`
