"""What people who do not see well, or have no mouse, need of the page; run inside it."""

# Everything that can be operated has a name, every section, region and picture too; ids are given once; headings skip no level.
NAMES = """
const bad = [];
const text = (id) => document.getElementById(id)?.textContent ?? "";
const given = (e) => e.getAttribute("aria-label") ?? (e.getAttribute("aria-labelledby") ?? "").split(" ").map(text).join("");
const label = (e) => [...e.labels?.[0]?.childNodes ?? []].filter((n) => n !== e).map((n) => n.textContent).join("");
const named = (e) => given(e).trim() || label(e).trim() || (e.matches("button, a") ? e.textContent.trim() : "");
for (const e of document.querySelectorAll("button, a, input, select, canvas, svg, dialog, [role=region], [role=group], section, nav")) {
  if (!named(e)) bad.push(`no name: ${e.outerHTML.slice(0, 90)}`);
}
for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
  for (const id of (e.getAttribute("aria-labelledby") ?? e.getAttribute("aria-describedby")).split(" ")) {
    if (!document.getElementById(id)) bad.push(`refers to nothing: ${id}`);
  }
}
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
ids.filter((id, i) => ids.indexOf(id) !== i).forEach((id) => bad.push(`id given twice: ${id}`));
for (const th of document.querySelectorAll("tbody th")) if (!th.scope) bad.push(`th without scope: ${th.textContent}`);
let level = 0;
for (const h of document.querySelectorAll("h1, h2, h3")) {
  if (!h.getClientRects().length) continue;
  const own = Number(h.tagName[1]);
  if (own > level + 1) bad.push(`heading skips a level: ${h.textContent}`);
  level = own;
}
if (!document.documentElement.lang) bad.push("no language");
return bad;
"""

# Text against what lies under it, as WCAG reckons: 4.5, or 3 for large text.
CONTRAST = """
const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; };
const mix = (top, a, under) => top.map((v, i) => v * a + under[i] * (1 - a));
const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
function ground(e) {
  const layers = [];
  for (let n = e; n; n = n.parentElement) {
    const c = parse(getComputedStyle(n).backgroundColor);
    if (c.a > 0) layers.push(c);
    if (c.a === 1) break;
  }
  return layers.reverse().reduce((under, c) => mix(c.rgb, c.a, under), [0, 0, 0]);
}
const bad = new Map();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let looked = 0;
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !e.getClientRects().length || e.closest("svg, option, [aria-hidden=true], .hidden-text, :disabled")) continue;
  const s = getComputedStyle(e);
  const size = parseFloat(s.fontSize);
  if (size === 0) continue;
  const under = ground(e);
  const c = parse(s.color);
  const [hi, lo] = [light(mix(c.rgb, c.a, under)), light(under)].sort((a, b) => b - a);
  const least = size >= 24 || (size >= 18.66 && Number(s.fontWeight) >= 700) ? 3 : 4.5;
  const ratio = (hi + 0.05) / (lo + 0.05);
  looked++;
  if (ratio < least) bad.set(`${e.tagName}.${e.className}${e.id ? "#" + e.id : ""} ${ratio.toFixed(2)} < ${least}`, e.textContent.slice(0, 30));
}
return { looked, bad: [...bad].map((b) => b.join(": ")) };
"""

# Whether one sees what has the focus.
RING = """
const s = getComputedStyle(document.activeElement);
return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
"""

# What has the focus now, in words.
FOCUS = """
const e = document.activeElement;
return e.id || (e.closest("#views") ? `view ${e.textContent}` : "") || (e.closest("tr[data-car]") ? `car ${e.closest("tr").dataset.car}` : "") ||
  document.getElementById(e.getAttribute("aria-labelledby"))?.textContent || e.textContent.trim().slice(0, 40) || e.tagName;
"""
