import { Fragment } from "react";

/** A name that may be an address: where there is too little room it is broken before its @, not inside a word. */
export function Breakable({ text }: { text: string }) {
  return text.split(/(?=@)/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other name, and never change places
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
