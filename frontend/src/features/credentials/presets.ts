// CalDAV servers people have, and what each wants.

export interface Preset {
  id: string;
  name: string;
  /** Filled in; a part in `<…>` is for the person to replace. */
  url: string;
  urlHelp: string;
  usernameHelp: string;
  passwordLabel: string;
  passwordHelp: string;
  link?: { href: string; text: string };
}

export const presets: readonly Preset[] = [
  {
    id: "icloud",
    name: "iCloud",
    url: "https://caldav.icloud.com",
    urlHelp: "The same for everybody.",
    usernameHelp: "The e-mail address of the Apple Account.",
    passwordLabel: "App-specific password",
    passwordHelp: "Not the Apple password: make an app-specific one under Sign-In and Security (xxxx-xxxx-xxxx-xxxx).",
    link: { href: "https://account.apple.com", text: "account.apple.com" },
  },
  {
    id: "nextcloud",
    name: "Nextcloud",
    url: "https://<your cloud>/remote.php/dav",
    urlHelp: "The address of the cloud, then /remote.php/dav.",
    usernameHelp: "The Nextcloud user name.",
    passwordLabel: "App password",
    passwordHelp: "Settings → Security → Devices & sessions → Create new app password.",
  },
  {
    id: "fastmail",
    name: "Fastmail",
    url: "https://caldav.fastmail.com/",
    urlHelp: "The same for everybody.",
    usernameHelp: "The full Fastmail address.",
    passwordLabel: "App password",
    passwordHelp: "Settings → Privacy & Security → Manage app passwords; give it access to calendars.",
    link: { href: "https://app.fastmail.com/settings/security", text: "Fastmail settings" },
  },
  {
    id: "radicale",
    name: "Radicale",
    url: "https://<your server>/",
    urlHelp:
      "The address people use, with its port and base path. Servers in private networks must be allowed by the operator.",
    usernameHelp: "The user name of the server.",
    passwordLabel: "Password",
    passwordHelp: "As in the server’s user list.",
  },
  {
    id: "other",
    name: "Another server",
    url: "https://",
    urlHelp: "The server or the account’s CalDAV address; the rest is discovered (RFC 6764).",
    usernameHelp: "Often the e-mail address.",
    passwordLabel: "Password",
    passwordHelp: "If the account has two-step sign-in, make an app password there.",
  },
];

/** Whether a part of the address still waits to be replaced. */
export const isUnfinished = (url: string): boolean => /[<>\s]/.test(url) || !/^https?:\/\/[^/]+/.test(url);
