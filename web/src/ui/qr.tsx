import { QRCode } from 'antd';
import { useLayoutEffect, useRef } from 'react';

const SIZE_PX = 232;

/** Always dark on white with its quiet zone: cameras read nothing else reliably. */
export function Qr({ text, label, size = SIZE_PX }: { text: string; label: string; size?: number }) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => { host.current?.querySelector('svg')?.setAttribute('aria-label', label); }); // The drawing says that it is an image, and has no way to be told of what.
  return <div className="qr" ref={host}><QRCode type="svg" value={text} size={size} color="#000000" bgColor="#ffffff" bordered={false} errorLevel="M" /></div>;
}
