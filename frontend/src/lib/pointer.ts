// JSON pointers (RFC 6901) of the service's field errors, as paths of a form.

/** `/attendees/0/email` → `attendees.0.email`; `""` for the whole document. */
export function formPath(pointer: string): string {
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}
