/* What runs in the browser, where there is no TypeScript. */

export function look() {
  const elements = (selector) => [...document.querySelectorAll(selector)];
  return {
    links: elements("a[href]").map(({ href }) => href),
    ids: elements("[id]").map(({ id }) => id),
    badPictures: elements("img")
      .filter(
        ({ alt, complete, naturalWidth }) => alt.length < 10 || !complete || naturalWidth === 0,
      )
      .map(({ src }) => src),
  };
}

export function wider() {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  return [...document.querySelectorAll(".VPContent *")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
    .map(({ tagName, textContent }) => `${tagName} ${textContent.slice(0, 60)}`)
    .slice(0, 3);
}

export function small() {
  return [...document.querySelectorAll(".vp-doc img")]
    .filter(({ clientWidth, naturalWidth }) => clientWidth < 0.85 * naturalWidth)
    .map(({ src }) => src);
}

export function fontSize(element) {
  return Number.parseFloat(getComputedStyle(element).fontSize);
}
