// Who comes, and what the business should know.
import { useId } from "react";

export interface Facts {
  name: string;
  email: string;
  phone: string;
  notes: string;
  /** Nobody sees it; programs that fill in everything do. */
  website: string;
}
export const nobody: Facts = { name: "", email: "", phone: "", notes: "", website: "" };

export type Wrong = Partial<Record<keyof Facts, string>>;

/** Whether what is wrong with it can be said beside a field: not of what nobody sees. */
export const hasField = (name: string): name is keyof Facts => name in nobody && name !== "website";

export const wrongOf = ({ name, email }: Facts): Wrong => ({
  ...(name.trim() === "" && { name: "Your name is missing." }),
  ...(!/^\S+@\S+\.\S+$/.test(email.trim()) && { email: "An e-mail address looks like you@example.org." }),
});

interface FieldProps {
  name: keyof Facts;
  label: string;
  value: string;
  wrong: string | undefined;
  onChange: (value: string) => void;
  type?: string;
  autoComplete?: string;
  required?: boolean;
  lines?: number;
}

function Field({ name, label, value, wrong, onChange, type = "text", autoComplete, required, lines }: FieldProps) {
  const id = useId();
  const shared = {
    id,
    name,
    value,
    autoComplete,
    required,
    "aria-invalid": wrong !== undefined,
    "aria-describedby": wrong ? `${id}-wrong` : undefined,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {!required && <span className="quiet"> (if you like)</span>}
      </label>
      {lines ? (
        <textarea rows={lines} maxLength={2000} {...shared} />
      ) : (
        <input type={type} maxLength={200} {...shared} />
      )}
      {wrong && (
        <p id={`${id}-wrong`} className="wrong">
          {wrong}
        </p>
      )}
    </div>
  );
}

interface FieldsProps {
  facts: Facts;
  wrong: Wrong;
  onChange: (facts: Facts, changed: keyof Facts) => void;
}

export function Fields({ facts, wrong, onChange }: FieldsProps) {
  const field = (name: keyof Facts) => ({
    name,
    value: facts[name],
    wrong: wrong[name],
    onChange: (value: string) => onChange({ ...facts, [name]: value }, name),
  });
  return (
    <>
      <Field label="Name" autoComplete="name" required {...field("name")} />
      <Field label="E-mail" type="email" autoComplete="email" required {...field("email")} />
      <Field label="Phone" type="tel" autoComplete="tel" {...field("phone")} />
      <Field label="Anything to know?" lines={3} {...field("notes")} />
      <div className="hidden" aria-hidden="true">
        <label>
          Leave this empty
          <input
            name="website"
            tabIndex={-1}
            autoComplete="off"
            value={facts.website}
            onChange={(event) => onChange({ ...facts, website: event.currentTarget.value }, "website")}
          />
        </label>
      </div>
    </>
  );
}
