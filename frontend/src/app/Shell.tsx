// What surrounds every page for somebody signed in: header, navigation, offline banner, shortcuts, palette.
import { AppShell, Box, Burger, Group, NavLink, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { $api } from "@/api/client";
import { useShortcuts } from "@/lib/shortcuts";
import { Logo } from "@/ui/Logo";
import { places } from "./navigation";
import { OfflineBanner } from "./OfflineBanner";
import { SearchButton } from "./SearchButton";

// What needs menus comes right after the first paint; nobody opens a menu before. The places are kept free meanwhile.
const ClientSwitcher = lazy(() => import("./ClientSwitcher").then((module) => ({ default: module.ClientSwitcher })));
const SchemeToggle = lazy(() => import("./SchemeToggle").then((module) => ({ default: module.SchemeToggle })));
const AccountMenu = lazy(() => import("./AccountMenu").then((module) => ({ default: module.AccountMenu })));
const Palette = lazy(() => import("./Palette").then((module) => ({ default: module.Palette })));
const ShortcutsDialog = lazy(() => import("./ShortcutsDialog").then((module) => ({ default: module.ShortcutsDialog })));

export function Shell() {
  const [menu, { toggle, close }] = useDisclosure(false);
  const [overlay, setOverlay] = useState<"palette" | "shortcuts" | null>(null);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const arrived = useRef(pathname);

  // A new page begins at its top for the keyboard and for screen readers too.
  useEffect(() => {
    if (arrived.current === pathname) return;
    arrived.current = pathname;
    close();
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);

  useShortcuts({
    ...Object.fromEntries(places.map((place) => [`g ${place.key}`, () => void navigate({ to: place.to })])),
    "mod+k": () => setOverlay("palette"),
    "/": () => setOverlay("palette"),
    "?": () => setOverlay("shortcuts"),
  });

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !menu } }}
      padding={{ base: "md", sm: "lg" }}
      transitionDuration={0}
      styles={{
        // Above the navigation: its menus open inside it, so that they belong to a landmark.
        header: { background: "var(--cs-surface)", borderColor: "var(--cs-line)", zIndex: 102 },
        navbar: { background: "var(--cs-surface)", borderColor: "var(--cs-line)" },
      }}
    >
      <a className="cs-skip" href="#main">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px={{ base: "xs", sm: "md" }} gap="sm" wrap="nowrap">
          <Burger
            opened={menu}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={menu ? "Close navigation" : "Open navigation"}
            aria-expanded={menu}
          />
          <Link to="/" aria-label="Calendar Stacker, dashboard" style={{ textDecoration: "none", color: "inherit" }}>
            <Group gap={10} wrap="nowrap" w={{ sm: 188 }}>
              <Logo />
              <Text fw={700} visibleFrom="sm" style={{ letterSpacing: "-0.01em", whiteSpace: "nowrap" }}>
                Calendar Stacker
              </Text>
            </Group>
          </Link>
          <Suspense fallback={<Skeleton h={36} w={160} />}>
            <ClientSwitcher />
          </Suspense>
          <Box style={{ flex: 1 }} />
          <SearchButton onOpen={() => setOverlay("palette")} />
          <Suspense fallback={<Box w={34} visibleFrom="xs" />}>
            <SchemeToggle />
          </Suspense>
          <Suspense fallback={<Skeleton h={32} w={32} circle />}>
            <AccountMenu onShortcuts={() => setOverlay("shortcuts")} />
          </Suspense>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Main">
        <AppShell.Section grow style={{ overflowY: "auto" }}>
          <Places foot={false} onGo={close} />
        </AppShell.Section>
        <AppShell.Section>
          <Places foot onGo={close} />
          <Edition />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1}>
        <OfflineBanner />
        <Box maw={1280} mx="auto">
          <Outlet />
        </Box>
      </AppShell.Main>
      <Suspense>
        {overlay === "palette" && (
          <Palette onClose={() => setOverlay(null)} onShortcuts={() => setOverlay("shortcuts")} />
        )}
        {overlay === "shortcuts" && <ShortcutsDialog onClose={() => setOverlay(null)} />}
      </Suspense>
    </AppShell>
  );
}

function Places({ foot, onGo }: { foot: boolean; onGo: () => void }) {
  const { pathname } = useLocation();
  return (
    <Stack gap={2}>
      {places
        .filter((place) => Boolean(place.foot) === foot)
        .map(({ to, label, icon: Icon }) => {
          const active = to === "/" ? pathname === "/" : pathname.startsWith(to);
          return (
            <NavLink
              key={to}
              label={label}
              leftSection={<Icon size={18} strokeWidth={1.75} aria-hidden />}
              active={active}
              aria-current={active ? "page" : undefined}
              onClick={onGo}
              renderRoot={(props) => <Link to={to} {...props} />}
              styles={{ root: { borderRadius: "var(--mantine-radius-md)", fontWeight: active ? 600 : 450 } }}
            />
          );
        })}
    </Stack>
  );
}

/** Version, and whether the accounts are a simulator's. */
function Edition() {
  const { data } = $api.useQuery("get", "/api/v1/setup", {}, { staleTime: Number.POSITIVE_INFINITY });
  return (
    <Text size="xs" c="dimmed" px="sm" pt="xs" mih={26}>
      {data && `Version ${data.version}${data.sandbox ? " · sandbox" : ""}`}
    </Text>
  );
}
