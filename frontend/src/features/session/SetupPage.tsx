import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { isEmail, isNotEmpty } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { Navigate, useRouter } from "@tanstack/react-router";
import { $api, api } from "@/api/client";
import { MIN_LENGTH } from "@/lib/password";
import { Failure } from "@/ui/Failure";
import { useApiForm } from "@/ui/useApiForm";
import { PasswordMeter } from "./PasswordMeter";
import { signedIn } from "./signed-in";
import { Welcome } from "./Welcome";

/** The first visit: makes the organisation and its owner. */
export function SetupPage() {
  const setup = $api.useQuery("get", "/api/v1/setup");
  const queries = useQueryClient();
  const router = useRouter();
  const { form, submit, sending, failure } = useApiForm({
    initialValues: { tenant_name: "", name: "", email: "", password: "" },
    validate: {
      tenant_name: isNotEmpty("Name your organisation"),
      name: isNotEmpty("Enter your name"),
      email: isEmail("Enter an e-mail address, like ann@example.com"),
      password: (value: string) => (value.length < MIN_LENGTH ? `At least ${MIN_LENGTH} characters` : null),
    },
    send: async (values) => {
      const { data } = await api.POST("/api/v1/setup", { body: values });
      await signedIn(queries, router, data);
    },
  });
  if (setup.data && !setup.data.required && !sending) return <Navigate to="/login" />;
  return (
    <Welcome
      title="Welcome"
      intro="Create your organisation and your account. It owns everything; you can start at once."
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {(failure ?? setup.error) && <Failure error={failure ?? setup.error} />}
          <TextInput
            label="Organisation"
            description="Your agency or business"
            autoComplete="organization"
            autoFocus
            key={form.key("tenant_name")}
            {...form.getInputProps("tenant_name")}
          />
          <TextInput label="Your name" autoComplete="name" key={form.key("name")} {...form.getInputProps("name")} />
          <TextInput
            label="E-mail"
            description="You sign in with it"
            type="email"
            autoComplete="username"
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          <div>
            <PasswordInput
              label="Password"
              autoComplete="new-password"
              key={form.key("password")}
              {...form.getInputProps("password")}
            />
            <PasswordMeter
              password={form.values.password}
              personal={[form.values.name, form.values.email, form.values.tenant_name]}
            />
          </div>
          <Button type="submit" loading={sending} fullWidth>
            Create and start
          </Button>
        </Stack>
      </form>
    </Welcome>
  );
}
