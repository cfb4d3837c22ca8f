# frozen_string_literal: true

RSpec.describe MailRoom::Email::Attachment do
  def attachments(*parts)
    raw = "Content-Type: multipart/mixed; boundary=x\n\n#{parts.map { |part| "--x\n#{part}\n" }.join}--x--\n"
    MailRoom::Email.parse(raw.gsub("\n", "\r\n")).attachments
  end

  let(:picture) do
    "Content-Type: image/png\nContent-Disposition: inline\nContent-ID: <picture@example.com>\n" \
      "Content-Transfer-Encoding: base64\n\nAAEC"
  end
  let(:file) do
    "Content-Type: application/octet-stream; name=\"=?utf-8?b?w6kudHh0?=\"\n" \
      "Content-Disposition: attachment; filename*0*=utf-8''%E2%82; filename*1*=%AC.txt\n\none\ntwo"
  end

  it "tells what the sender says of it" do
    message = "Content-Type: message/rfc822\n\nSubject: within\n\ninner"
    expect(attachments(picture, file, message)
             .map { |part| [part.name, part.content_type, part.size, part.inline?, part.content_id] })
      .to eq([[nil, "image/png", 3, true, "picture@example.com"],
              ["€.txt", "application/octet-stream", 7, false, nil],
              [nil, "message/rfc822", 22, false, nil]])
  end

  it "has its content decoded, with the line ends of Unix where it is text" do
    contents = attachments(picture, file).map(&:content)
    expect(contents).to eq(["\0\x01\x02", "one\ntwo"])
    expect(contents.map(&:encoding).uniq).to eq([Encoding::BINARY])
  end

  it "may be a text with a name" do
    expect(attachments("Content-Type: text/plain; name=a.txt\n\nHi").map(&:name)).to eq(["a.txt"])
  end

  it "shows no content when it is inspected" do
    expect(attachments(file).first.inspect)
      .to eq('#<MailRoom::Email::Attachment "€.txt" application/octet-stream 7 bytes>')
  end

  it "reads an attachment of 50 MB" do
    line = "#{'QUJD' * 19}\r\n"
    raw = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHi\r\n--x\r\n" \
          "Content-Type: a/b; name=big\r\nContent-Transfer-Encoding: base64\r\n\r\n" + (line * 680_000)
    email = MailRoom::Email.parse(raw.freeze)
    file = email.attachments.first
    expect([email.text, file.name, file.size]).to eq(["Hi", "big", 680_000 * 57])
    expect(file.content.byteslice(-6, 6)).to eq("ABCABC")
  end
end
