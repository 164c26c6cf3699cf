// What customers open: a booking page, or one booking by its own link. Without the rest of the application.
import "./book.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BookingPage } from "./BookingPage";
import { BookPage } from "./BookPage";
import { tellHeight } from "./embed";
import { Sorry } from "./parts";

const [, room, name] = window.location.pathname.split("/").map(decodeURIComponent);
const search = new URLSearchParams(window.location.search);
const embedded = search.has("embed");
if (embedded) {
  document.documentElement.dataset.embedded = "";
  tellHeight();
}

const container = document.getElementById("root");
if (!container) throw new Error("book.html has no #root");
createRoot(container).render(
  <StrictMode>
    {room === "book" && name ? (
      <BookPage slug={name} wished={search.get("service")} />
    ) : room === "booking" && name ? (
      <BookingPage token={name} />
    ) : (
      <Sorry title="There is nothing here" detail="The address may be mistyped." />
    )}
  </StrictMode>,
);
