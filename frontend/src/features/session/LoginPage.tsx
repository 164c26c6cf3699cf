import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { api } from "@/api/client";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { signedIn } from "./signed-in";
import { Welcome } from "./Welcome";

export function LoginPage() {
  const { return: back } = useSearch({ from: "/login" });
  const queries = useQueryClient();
  const router = useRouter();
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { email: "", password: "" },
    validate: { email: isNotEmpty("Enter your e-mail address"), password: isNotEmpty("Enter your password") },
    send: async (values) => {
      const { data } = await api.POST("/api/v1/auth/login", { body: values });
      await signedIn(queries, router, data, back);
    },
  });
  return (
    <Welcome
      title="Sign in"
      intro={back && back !== "/" ? "Sign in to go on where you were." : "Good to see you again."}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {failure && <Failure error={failure} />}
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            autoFocus
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          <Button type="submit" loading={sending} fullWidth>
            Sign in
          </Button>
        </Stack>
      </form>
    </Welcome>
  );
}
