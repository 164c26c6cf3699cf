// Puts a booking page where this script stands:
//   <script src="https://…/embed.js" data-page="bright-dental" async></script>
// `data-service` begins with one service; `data-title` names the frame for screen readers.
(() => {
  const script = document.currentScript;
  const page = script?.dataset.page;
  if (!page) return;
  const { origin } = new URL(script.src);
  const address = new URL(`/book/${encodeURIComponent(page)}`, origin);
  address.searchParams.set("embed", "1");
  if (script.dataset.service) address.searchParams.set("service", script.dataset.service);
  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = script.dataset.title ?? "Booking";
  frame.style.cssText = "width:100%;height:640px;border:0;display:block;color-scheme:normal";
  window.addEventListener("message", ({ source, origin: from, data }) => {
    if (source !== frame.contentWindow || from !== origin || data?.type !== "calendar-stacker:height") return;
    if (Number.isFinite(data.height)) frame.style.height = `${Math.max(200, data.height)}px`;
  });
  script.after(frame);
})();
