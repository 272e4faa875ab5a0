// A plot as SVG: lines over sizes, both axes logarithmic. Readable on white and on black: no background, colours of
// middle lightness, and text that follows the reader's preference.

const WIDTH = 760;
const HEIGHT = 384;
const LEFT = 52;
const RIGHT = 560;
const TOP = 40;
const BOTTOM = 352;
const LABEL_X = RIGHT + 14;
const LABEL_HEIGHT = 17;

const COLOURS = ['#2f81c7', '#d2544b', '#2f9e63', '#b7791f', '#8f63c9', '#0f97a3', '#c2559a', '#7d8590', '#a0693c'];

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #59636e }
  .grid { stroke: #59636e; stroke-opacity: .22 }
  .one { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .grid, .one { stroke: #9198a1 }
  }`;

/**
 * @param lines `{ name, points: [{ x, y, low, high }] }`; `low` and `high` are drawn as a thin bar
 * @param shownX how a value of x is written
 */
export function plot({ title, above, lines, shownX }) {
  const points = lines.flatMap(({ points }) => points);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const toX = logarithmic(xs[0], xs.at(-1), LEFT, RIGHT);
  const ticks = ticksAround(points.flatMap(({ low, high }) => [low, high]));
  const toY = logarithmic(ticks[0], ticks.at(-1), BOTTOM, TOP);
  const parts = [
    `<text x="${LEFT}" y="20">${escaped(above)}</text>`,
    ...xs.map((x) => `<text x="${toX(x)}" y="${BOTTOM + 20}" text-anchor="middle">${escaped(shownX(x))}</text>`),
    ...ticks.map((tick) => gridLine(tick, toY(tick))),
    ...lines.map((line, at) => drawn(line, colourOf(at), toX, toY)),
    ...labels(lines, toY),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}

function logarithmic(from, to, start, end) {
  const span = Math.log(to / from) || 1;
  return (value) => round(start + ((end - start) * Math.log(value / from)) / span);
}

/** 1, 2 and 5 times powers of ten, from below the least to above the greatest; 1 is always among them. */
function ticksAround(values) {
  const all = [0.01, 0.1, 1, 10, 100].flatMap((power) => [1, 2, 5].map((digit) => Number((digit * power).toFixed(2))));
  const first = all.findLastIndex((tick) => tick <= Math.min(0.5, ...values));
  const last = all.findIndex((tick) => tick >= Math.max(2, ...values));
  return all.slice(Math.max(first, 0), last < 0 ? undefined : last + 1);
}

function gridLine(tick, y) {
  const line = `<line class="${tick === 1 ? 'one' : 'grid'}" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}"/>`;
  return `${line}<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${tick}</text>`;
}

function drawn({ points }, colour, toX, toY) {
  const path = points.map(({ x, y }) => `${toX(x)},${toY(y)}`).join(' ');
  const bars = points.map(({ x, low, high }) => `M${toX(x)} ${toY(low)}V${toY(high)}`).join('');
  const dots = points.map(({ x, y }) => `<circle cx="${toX(x)}" cy="${toY(y)}" r="3"/>`).join('');
  return (
    `<g stroke="${colour}" fill="${colour}"><polyline points="${path}" fill="none" stroke-width="2"/>` +
    `<path d="${bars}" stroke-opacity=".5"/>${dots}</g>`
  );
}

/** At the lines' ends, moved apart where they would lie on one another. */
function labels(lines, toY) {
  const placed = lines.map(({ name, points }, at) => ({ name, at, y: toY(points.at(-1).y) }));
  placed.sort((a, b) => a.y - b.y);
  placed.forEach((label, at) => {
    if (at > 0) label.y = Math.max(label.y, placed[at - 1].y + LABEL_HEIGHT);
  });
  const below = Math.max(0, placed.at(-1).y - BOTTOM);
  for (let at = placed.length - 1, limit = Infinity; at >= 0; at--) {
    placed[at].y = Math.min(placed[at].y, limit, at === placed.length - 1 ? placed[at].y - below : Infinity);
    limit = placed[at].y - LABEL_HEIGHT;
  }
  return placed.map(({ name, at, y }) => {
    const dot = `<circle cx="${LABEL_X}" cy="${y}" r="4" fill="${colourOf(at)}"/>`;
    return `${dot}<text x="${LABEL_X + 10}" y="${y + 4}">${escaped(name)}</text>`;
  });
}

const colourOf = (at) => COLOURS[at % COLOURS.length];

const round = (number) => Math.round(number * 10) / 10;

const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
