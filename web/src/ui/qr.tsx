import { QRCode } from 'antd';

const SIZE_PX = 232;

/** Always dark on white with its quiet zone: cameras read nothing else reliably. */
export const Qr = ({ text, label, size = SIZE_PX }: { text: string; label: string; size?: number }) => (
  <div className="qr" role="img" aria-label={label}><QRCode type="svg" value={text} size={size} color="#000000" bgColor="#ffffff" bordered={false} errorLevel="M" /></div>
);
