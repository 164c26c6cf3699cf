import { Alert, Button, PasswordInput, Skeleton, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { toApiError } from "@/api/error";
import { MIN_LENGTH } from "@/lib/password";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { PasswordMeter } from "./PasswordMeter";
import { signedIn } from "./signed-in";
import { Welcome } from "./Welcome";

/** Where the link of an invitation leads: one sets a password and is signed in. The secret is behind the #. */
export function InvitePage() {
  const [token] = useState(() => window.location.hash.slice(1));
  const queries = useQueryClient();
  const router = useRouter();
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: async () => (await api.POST("/api/v1/auth/invitation", { body: { token } })).data ?? null,
    enabled: token !== "",
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { password: "" },
    validate: { password: (value: string) => (value.length < MIN_LENGTH ? `At least ${MIN_LENGTH} characters` : null) },
    send: async ({ password }) => {
      const { data } = await api.POST("/api/v1/auth/invitation/accept", { body: { token, password } });
      queries.clear();
      await signedIn(queries, router, data);
    },
  });
  const one = invitation.data;
  const gone = token === "" || (invitation.error !== null && toApiError(invitation.error).status === 404);
  return (
    <Welcome
      title={one ? `Welcome, ${one.name}` : "Your invitation"}
      intro={one ? `${one.tenant_name} works with Calendar Stacker. Set a password to begin.` : "One moment."}
    >
      {gone ? (
        <Stack>
          <Alert color="yellow" title="This link does not work any more" role="alert">
            It was used, replaced, or is older than seven days. Ask whoever invited you for a new one.
          </Alert>
          <Button variant="default" renderRoot={(props) => <Link to="/login" {...props} />}>
            Sign in
          </Button>
        </Stack>
      ) : invitation.error ? (
        <Failure error={invitation.error} onRetry={() => void invitation.refetch()} />
      ) : !one ? (
        <Skeleton h={180} aria-label="Loading" />
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack>
            {failure && <Failure error={failure} />}
            <TextInput
              label="E-mail"
              description="You sign in with it"
              value={one.email}
              readOnly
              autoComplete="username"
            />
            <div>
              <PasswordInput
                label="Password"
                autoComplete="new-password"
                autoFocus
                key={form.key("password")}
                {...form.getInputProps("password")}
              />
              <PasswordMeter password={form.values.password} personal={[one.name, one.email, one.tenant_name]} />
            </div>
            <Button type="submit" loading={sending} fullWidth>
              Set password and start
            </Button>
          </Stack>
        </form>
      )}
    </Welcome>
  );
}
