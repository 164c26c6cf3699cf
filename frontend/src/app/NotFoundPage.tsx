import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { EmptyState } from "@/ui/EmptyState";
import { usePageTitle } from "@/ui/usePageTitle";

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <EmptyState
      order={1}
      icon={Compass}
      title="This page does not exist"
      body="The address may be mistyped, or what it showed was removed."
    >
      <Button renderRoot={(props) => <Link to="/" {...props} />}>To the dashboard</Button>
    </EmptyState>
  );
}
