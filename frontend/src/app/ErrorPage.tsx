import { Container } from "@mantine/core";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { Failure } from "@/ui/Failure";
import { usePageTitle } from "@/ui/usePageTitle";

/** What a page shows when it cannot be shown. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  usePageTitle("Error");
  const router = useRouter();
  return (
    <Container size="sm" py="xl">
      <Failure
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </Container>
  );
}
