// What can be seen to be wrong with a page, as sentences.  tools/site/look.py calls it.
async (scheme) => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  // Colours change slowly from one scheme to the other.
  await Promise.allSettled(document.getAnimations().map((each) => each.finished));
  const wrong = new Set();
  const width = document.documentElement.clientWidth;
  const name = (element) =>
    element.tagName.toLowerCase() +
    (element.className && element.className.split ? "." + element.className.split(/\s+/).join(".") : "");
  const seen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });

  // --- wider than the page
  if (document.scrollingElement.scrollWidth > width)
    wrong.add(`the page is ${document.scrollingElement.scrollWidth} wide`);
  const scrolls = (element) => {
    for (let each = element.parentElement; each; each = each.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(each).overflowX)) return true;
    return false;
  };
  for (const element of document.querySelectorAll("article *, header *"))
    if (seen(element) && element.getBoundingClientRect().right > width + 1 && !scrolls(element))
      wrong.add(`${name(element)} goes beyond the right: ${element.textContent.trim().slice(0, 40)}`);

  // --- images
  for (const image of document.images)
    if (!image.complete || !image.naturalWidth) wrong.add(`no image: ${image.getAttribute("src")}`);

  // --- light or dark, and contrast, as WCAG 2.2 defines it: 4.5 for text, 3 where it is large
  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = (front, alpha, back) => front.map((value, i) => value * alpha + back[i] * (1 - alpha));
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, alpha = 1] = parts(getComputedStyle(each).backgroundColor);
      if (alpha > 0) layers.push([[r, g, b], alpha]);
      if (alpha === 1) break;
    }
    return layers.reverse().reduce((back, [front, alpha]) => over(front, alpha, back), [255, 255, 255]);
  };
  const contrast = (element) => {
    const [r, g, b, alpha = 1] = parts(getComputedStyle(element).color);
    const back = behind(element);
    const [one, two] = [light(over([r, g, b], alpha, back)), light(back)];
    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  };
  if ((light(behind(document.body)) > 0.5 ? "light" : "dark") !== scheme) wrong.add("it is not " + scheme);
  const told = new Set();
  for (const element of document.querySelectorAll("article *")) {
    const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!says || element.closest(".headerlink") || !seen(element)) continue;
    const kind = `${name(element)} ${getComputedStyle(element).color}`;
    if (told.has(kind)) continue;
    told.add(kind);
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(element);
    if (ratio < (large ? 3 : 4.5))
      wrong.add(`${name(element)} has a contrast of ${ratio.toFixed(1)}: ${element.textContent.trim().slice(0, 30)}`);
  }
  // --- drawings: an image is no part of the page, so each is put into it to be looked at
  for (const image of document.images) {
    const source = image.getAttribute("src");
    if (!image.alt) wrong.add(`no words for the image ${source}`);
    if (!new URL(image.src).pathname.endsWith(".svg")) continue;
    const host = document.createElement("div");
    host.style.cssText = `all: initial; position: absolute; top: 0; left: 0; width: ${image.clientWidth}px`;
    host.attachShadow({ mode: "open" }).innerHTML = await (await fetch(image.src)).text();
    document.body.append(host);
    const drawing = host.shadowRoot.querySelector("svg");
    for (const part of ["title", "desc"])
      if (!drawing.querySelector(part)?.textContent.trim()) wrong.add(`${source} has no ${part}`);
    const grounds = [...drawing.querySelectorAll("rect")].filter((each) => getComputedStyle(each).fill !== "none");
    const scale = image.clientWidth / (drawing.viewBox.baseVal.width || image.naturalWidth);
    for (const text of drawing.querySelectorAll("text")) {
      const says = text.textContent.trim().slice(0, 30);
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < 10) wrong.add(`${source}: text ${size.toFixed(1)} pixels high: ${says}`);
      const at = text.getBBox();
      const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
      const under = grounds.filter((each) => {
        const box = each.getBBox();
        return box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height;
      });
      if (!under.length) {
        wrong.add(`${source}: no ground under: ${says}`);
        continue;
      }
      const box = under.at(-1).getBBox();
      if (at.x < box.x || at.x + at.width > box.x + box.width) wrong.add(`${source}: wider than its box: ${says}`);
      const [one, two] = [text, under.at(-1)].map((each) => light(parts(getComputedStyle(each).fill).slice(0, 3)));
      const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
      if (ratio < 4.5) wrong.add(`${source}: a contrast of ${ratio.toFixed(1)}: ${says}`);
    }
    host.remove();
  }
  return [...wrong];
}
