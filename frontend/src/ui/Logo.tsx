/** The mark: three stacked calendar sheets. Decorative; the name stands beside it. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect x="9" y="2" width="20" height="20" rx="5" fill="#a6d7c9" />
      <rect x="6" y="5" width="20" height="20" rx="5" fill="#37a485" />
      <rect x="3" y="8" width="21" height="21" rx="5" fill="#125c4a" />
      <path d="M3 15h21" stroke="#e9f7f3" strokeWidth="1.6" />
      <rect x="7.5" y="18.5" width="4" height="4" rx="1" fill="#f2b23e" />
      <rect x="14" y="18.5" width="6" height="1.8" rx=".9" fill="#e9f7f3" />
      <rect x="14" y="22" width="4" height="1.8" rx=".9" fill="#e9f7f3" opacity=".7" />
    </svg>
  );
}
