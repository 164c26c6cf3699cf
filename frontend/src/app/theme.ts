// The look: an ink-teal brand on warm neutrals, system fonts, generous radius. Contrast is AA in both schemes.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const brand: MantineColorsTuple = [
  "#e9f7f3",
  "#d3ebe4",
  "#a6d7c9",
  "#76c2ac",
  "#4fb094",
  "#37a485",
  "#1f8a6d",
  "#17705a",
  "#125c4a",
  "#0c4639",
];

export const theme = createTheme({
  colors: { brand },
  primaryColor: "brand",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace',
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.6rem", lineHeight: "1.25" }, h2: { fontSize: "1.2rem" } },
  },
});
