/** WeChat's own browser brings this object; it comes a moment after the page. */
type Bridge = { invoke(name: 'getBrandWCPayRequest', parameters: Readonly<Record<string, string>>, done: (result: { err_msg: string }) => void): void };
declare global { interface Window { WeixinJSBridge?: Bridge } }

/** Opens the payment inside WeChat. What came of it the server says, never this call's result. */
export function invokeWallet(parameters: Readonly<Record<string, string>>): void {
  const invoke = (): void => window.WeixinJSBridge?.invoke('getBrandWCPayRequest', parameters, () => undefined);
  if (window.WeixinJSBridge) invoke();
  else document.addEventListener('WeixinJSBridgeReady', invoke, { once: true });
}
