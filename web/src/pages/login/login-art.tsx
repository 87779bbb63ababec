import { useTranslate } from '../../i18n/index.ts';

/** Kirchhoff's law as a picture: currents meet in a node, and what flows in flows out. */
export function LoginArt() {
  const t = useTranslate();
  return (
    <aside className="login-art">
      <svg viewBox="0 0 800 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true" fill="none" strokeLinecap="round">
        <g stroke="#7d88ff" strokeWidth="2.500" opacity="0.9">
          <path d="M-20 170 H170 q50 0 80 42 L372 372" /><path d="M-20 400 H360" /><path d="M-20 640 H150 q60 0 96-44 L374 428" />
          <path d="M428 372 L540 232 q34-42 86-42 H830" /><path d="M440 400 H830" />
        </g>
        <g stroke="#ffc857" strokeWidth="2.500" strokeDasharray="2 16">
          <path d="M-20 170 H170 q50 0 80 42 L372 372" /><path d="M-20 400 H360" /><path d="M-20 640 H150 q60 0 96-44 L374 428" />
          <path d="M428 372 L540 232 q34-42 86-42 H830" /><path d="M440 400 H830" />
        </g>
        <circle cx="400" cy="400" r="58" stroke="#7d88ff" strokeWidth="1.500" opacity="0.4" /><circle cx="400" cy="400" r="38" fill="#11153a" stroke="#ffc857" strokeWidth="3" />
        <g fill="#e6e9ff" fontSize="17" fontFamily="inherit"><text x="40" y="152">100.00</text><text x="40" y="382">58.20</text><text x="40" y="622">36.360 kWh</text><text x="640" y="172">158.20</text><text x="640" y="382">36.360 kWh</text></g>
        <text x="400" y="408" fill="#fff" fontSize="24" fontWeight="650" textAnchor="middle">= 0</text>
      </svg>
      <p>{t('login.art.title')}</p><small>{t('login.art.text')}</small>
    </aside>
  );
}
