import { Outlet } from "@tanstack/react-router";
import { LiveRegion } from "@/ui/announce";
import { ConfirmHost } from "@/ui/confirm";

export function Root() {
  return (
    <>
      <Outlet />
      <LiveRegion />
      <ConfirmHost />
    </>
  );
}
