// A photo as the client turned it: drawn anew, upright, so that everybody after him sees it so.
const MOST_PIXELS = 16_000_000; // what every phone can draw

export async function pictureOf({ file, turns }) {
  if (!turns) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const type = file.type === "image/png" ? file.type : "image/jpeg";
    const drawn = await new Promise((resolve) => draw(picture, turns).toBlob(resolve, type, 0.92));
    const name = type === file.type ? file.name : file.name.replace(/\.[^.]*$/, "") + ".jpg";
    return new File([drawn], name, { type, lastModified: file.lastModified });
  } catch {
    throw { isUnread: true };
  }
}

function draw(picture, turns) {
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (picture.width * picture.height)));
  const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  const paper = document.createElement("canvas");
  [paper.width, paper.height] = turns % 2 ? [height, width] : [width, height];
  const pen = paper.getContext("2d");
  pen.translate(paper.width / 2, paper.height / 2);
  pen.rotate((turns * Math.PI) / 2);
  pen.drawImage(picture, -width / 2, -height / 2, width, height);
  return paper;
}
