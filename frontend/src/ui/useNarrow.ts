import { useMediaQuery } from "@mantine/hooks";

/** Whether the window is narrower than this: a tablet held upright, or (`36em`) a phone. Known at the first drawing. */
export const useNarrow = (than: "48em" | "36em" = "48em"): boolean =>
  useMediaQuery(`(max-width: ${than})`, false, { getInitialValueInEffect: false }) ?? false;
