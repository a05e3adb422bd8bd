interface Props {
  readonly className: string | undefined
}

/** Three prints that dry on a line under the lamp of a darkroom. It says nothing that the words do not. */
export function Darkroom({ className }: Props) {
  return (
    <svg className={className} viewBox="0 0 800 900" preserveAspectRatio="xMidYMin slice" aria-hidden="true">
      <defs>
        <radialGradient id="lamp" cx="50%" cy="0%" r="90%">
          <stop offset="0" stopColor="#ff6a33" stopOpacity="0.55" />
          <stop offset="0.45" stopColor="#c2320c" stopOpacity="0.18" />
          <stop offset="1" stopColor="#160d0b" stopOpacity="0" />
        </radialGradient>
        <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#ffb493" />
          <stop offset="1" stopColor="#f2683a" />
        </linearGradient>
        <linearGradient id="dusk" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#8c2a10" />
          <stop offset="1" stopColor="#f58a5e" />
        </linearGradient>
        <linearGradient id="fade" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0.45" stopColor="#160d0b" stopOpacity="0" />
          <stop offset="0.8" stopColor="#160d0b" stopOpacity="0.94" />
        </linearGradient>
      </defs>
      <path d="M338 100 L-120 900 H920 L462 100 Z" fill="url(#lamp)" />
      <Lamp />
      <path d="M-20 236 Q400 296 820 226" stroke="#5b2a1c" strokeWidth="3" fill="none" />
      <Print x={92} y={256} turn={-4}>
        <Mountains />
      </Print>
      <Print x={306} y={266} turn={2}>
        <Coast />
      </Print>
      <Print x={522} y={254} turn={-2}>
        <Portrait />
      </Print>
      <rect width="800" height="900" fill="url(#fade)" />
    </svg>
  )
}

function Lamp() {
  return (
    <g>
      <path d="M400 -10 V44" stroke="#43211a" strokeWidth="6" />
      <path d="M340 96 a60 54 0 0 1 120 0 Z" fill="#2b1712" />
      <path d="M348 94 a52 46 0 0 1 104 0 Z" fill="#ff6a33" />
      <path d="M362 90 a38 32 0 0 1 52 -28" stroke="#ffc4a8" strokeWidth="5" strokeLinecap="round" fill="none" />
      <rect x="332" y="94" width="136" height="12" rx="6" fill="#ffb08f" />
    </g>
  )
}

interface PrintProps {
  readonly x: number
  readonly y: number
  readonly turn: number
  readonly children: React.ReactNode
}

function Print({ x, y, turn, children }: PrintProps) {
  return (
    <g transform={`translate(${x} ${y}) rotate(${turn} 93 0)`}>
      <rect x="6" y="12" width="186" height="236" rx="3" fill="#000" opacity="0.35" />
      <rect width="186" height="236" rx="3" fill="#ffd9c7" />
      <svg x="12" y="14" width="162" height="190" viewBox="0 0 162 190">
        {children}
      </svg>
      <rect x="86" y="-16" width="14" height="36" rx="3" fill="#6d3421" />
      <rect x="86" y="-2" width="14" height="4" fill="#2b1712" />
    </g>
  )
}

function Mountains() {
  return (
    <>
      <rect width="162" height="190" fill="url(#sky)" />
      <circle cx="112" cy="52" r="20" fill="#ffe6da" />
      <path d="M-8 150 L44 78 L74 116 L104 66 L176 160 V200 H-8Z" fill="#a3330f" />
      <path d="M-8 176 L30 132 L70 166 L118 122 L176 180 V200 H-8Z" fill="#5a1a08" />
    </>
  )
}

function Coast() {
  return (
    <>
      <rect width="162" height="190" fill="url(#dusk)" />
      <circle cx="60" cy="118" r="26" fill="#ffd9c7" />
      <rect y="122" width="162" height="68" fill="#7a2410" />
      <path d="M34 134h52M44 146h32M50 158h20" stroke="#ffb08f" strokeWidth="4" strokeLinecap="round" opacity="0.8" />
      <path d="M108 126 l5 -60 h14 l5 60 Z" fill="#2b0f08" />
      <path d="M110 66 a10 10 0 0 1 20 0 Z" fill="#2b0f08" />
      <path d="M88 190 Q104 116 162 122 V190 Z" fill="#2b0f08" />
    </>
  )
}

function Portrait() {
  return (
    <>
      <rect width="162" height="190" fill="#c2481f" />
      <circle cx="81" cy="80" r="74" fill="#e8713f" />
      <path d="M18 200 Q22 134 81 132 Q140 134 144 200 Z" fill="#4a1508" />
      <circle cx="81" cy="86" r="34" fill="#ffc9b0" />
      <path d="M44 88 Q42 42 84 44 Q124 46 118 90 Q108 66 84 68 Q58 70 44 88Z" fill="#4a1508" />
    </>
  )
}
