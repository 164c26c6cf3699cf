// Inside somebody else's page: how high the frame must be, so that it needs no scroll bar. The other half is /embed.js.

export function tellHeight(): void {
  if (window.parent === window) return;
  let told = 0;
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    // A height is no secret, and whose page this is in is not known here.
    window.parent.postMessage({ type: "calendar-stacker:height", height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
}
