// Gives a line for every text that stands out from its background by less than 4.5 to 1.
(() => {
	const numbers = colour => (colour.match(/[\d.]+/g) || []).map(Number);
	const clear = colour => colour === "none" || numbers(colour)[3] === 0;
	const light = colour => {
		const [r, g, b] = numbers(colour).slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const behind = element => {
		const band = element.closest(".rung")?.querySelector(".band");
		if (band && !clear(getComputedStyle(band).fill)) return getComputedStyle(band).fill;
		for (let e = element; e; e = e.parentElement) {
			const colour = getComputedStyle(e).backgroundColor;
			if (!clear(colour)) return colour;
		}
		return "rgb(255, 255, 255)";
	};
	const faint = [];
	for (const element of document.body.querySelectorAll("*")) {
		const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join("").trim();
		if (!text || element.getClientRects().length === 0 || element.closest("title, desc")) continue;
		const style = getComputedStyle(element);
		const front = element instanceof SVGElement ? style.fill : style.color;
		const [a, b] = [light(front), light(behind(element))].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${front} on ${behind(element)}: ${text.slice(0, 40)}`);
	}
	return faint;
})()
