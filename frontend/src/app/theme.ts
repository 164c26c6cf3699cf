// The look: an ink-teal brand with an amber spark on quiet neutrals, system fonts. Text contrast is AA in both schemes:
// filled colours choose black or white by luminance, tinted ones get a darker (lighter) text than Mantine's defaults.
import { type CSSVariablesResolver, createTheme, DEFAULT_THEME, type MantineColorsTuple } from "@mantine/core";

const brand: MantineColorsTuple = [
  "#ebf6f2",
  "#d6ece5",
  "#aad8ca",
  "#7ac3ae",
  "#52b196",
  "#3aa487",
  "#26896f",
  "#1b7460",
  "#14614f",
  "#0c4539",
];
const dark: MantineColorsTuple = [
  "#d9e0dd",
  "#bac4c0",
  "#9ba7a3",
  "#6e7b76",
  "#46524e",
  "#35403c",
  "#27302d",
  "#1a211f",
  "#141a18",
  "#0e1311",
];

export const theme = createTheme({
  colors: { brand, dark },
  primaryColor: "brand",
  // One shade for both schemes: black or white on it is decided once.
  primaryShade: 8,
  autoContrast: true,
  // Up to here white text passes AA (4.5:1), and black above it; our red is one that gets white.
  luminanceThreshold: 0.183,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace',
  headings: {
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "1.625rem", lineHeight: "1.25" },
      h2: { fontSize: "1.125rem", lineHeight: "1.35" },
      h3: { fontSize: "1rem", lineHeight: "1.4" },
    },
  },
  shadows: {
    xs: "0 1px 2px rgb(12 40 33 / 6%)",
    sm: "0 1px 2px rgb(12 40 33 / 6%), 0 2px 8px rgb(12 40 33 / 5%)",
    md: "0 2px 4px rgb(12 40 33 / 6%), 0 8px 24px rgb(12 40 33 / 10%)",
  },
  components: {
    Modal: {
      defaultProps: {
        centered: true,
        radius: "lg",
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        // What a dialog shows often changes when it closes; it must not be seen changing.
        transitionProps: { duration: 120, exitDuration: 0 },
        closeButtonProps: { "aria-label": "Close" },
        // A <header> in a dialog would be a second banner of the page.
        attributes: { header: { component: "div" } },
      },
      styles: { title: { fontWeight: 650, fontSize: "1.125rem" } },
    },
    Drawer: {
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.45, blur: 2 },
        closeButtonProps: { "aria-label": "Close" },
        attributes: { header: { component: "div" } },
      },
    },
    Button: {
      // Low, and with the letters of its neighbours.
      vars: (_theme: unknown, { size }: { size?: unknown }) => ({
        root: size === "compact-md" ? { "--button-fz": "var(--mantine-font-size-sm)" } : {},
      }),
    },
    Card: { defaultProps: { withBorder: true, radius: "lg", padding: "lg" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: false } } },
    Notification: {
      defaultProps: { radius: "md", withBorder: true, closeButtonProps: { "aria-label": "Dismiss" } },
      // Below a title Mantine's own grey is too light to read.
      styles: { description: { color: "var(--mantine-color-dimmed)" } },
    },
    Select: { defaultProps: { comboboxProps: { shadow: "md" } } },
    // The placeholder is a child that a menu must not have.
    Menu: { defaultProps: { shadow: "md", withInitialFocusPlaceholder: false } },
  },
});

const TINTED = Object.keys({ ...DEFAULT_THEME.colors, brand }).filter((name) => name !== "dark");

export const variables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    // Mantine's tints are strong for the large areas we give them; a quiet one keeps the text of shade 9 above AA.
    ...Object.fromEntries(
      TINTED.map((name) => [`--mantine-color-${name}-light`, `color-mix(in srgb, ${colors[name]?.[5]} 13%, white)`]),
    ),
    // These hues are too light as text on their own tint even in shade 9.
    "--mantine-color-yellow-light-color": "#7a4100",
    "--mantine-color-orange-light-color": "#8f3000",
    "--mantine-color-lime-light-color": "#3c5c00",
    "--mantine-color-green-light-color": "#1d6a2b",
    "--mantine-color-teal-light-color": "#065f45",
    "--mantine-color-cyan-light-color": "#0a5a68",
    "--mantine-color-red-light-color": "#a51d1d",
    "--mantine-color-dimmed": "#56625e",
    "--mantine-color-placeholder": "#6a7672",
    "--mantine-color-error": "#b42323",
    "--cs-ground": "#f5f8f6",
    "--cs-surface": "#ffffff",
    "--cs-line": "#dfe6e3",
    "--cs-hover": brand[0],
    "--cs-glow": "#d6ece5",
    "--cs-spark": "#fbeccd",
    "--cs-focus": brand[7],
  },
  dark: {
    ...Object.fromEntries(
      TINTED.flatMap((name) => [
        [`--mantine-color-${name}-light`, `color-mix(in srgb, ${colors[name]?.[6]} 20%, #1a211f)`],
        [`--mantine-color-${name}-light-hover`, `color-mix(in srgb, ${colors[name]?.[6]} 28%, #1a211f)`],
        [`--mantine-color-${name}-light-color`, colors[name]?.[2] ?? ""],
      ]),
    ),
    "--mantine-color-anchor": brand[3],
    "--mantine-color-dimmed": "#a3afab",
    "--mantine-color-placeholder": "#8b9893",
    "--mantine-color-error": "#ff9b9b",
    "--cs-ground": "#121816",
    "--cs-surface": "#1a211f",
    "--cs-line": "#2c3733",
    "--cs-hover": dark[6],
    "--cs-glow": "#17322b",
    "--cs-spark": "#2b2616",
    "--cs-focus": brand[4],
  },
});
