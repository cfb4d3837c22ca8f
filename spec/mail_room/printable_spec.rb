# frozen_string_literal: true

RSpec.describe MailRoom::Printable do
  it "leaves UTF-8 as it is, also when it comes as bytes" do
    expect([described_class.text("gr\u00FCn"), described_class.text("gr\u00FCn".b)]).to all(eq("gr\u00FCn"))
  end

  it "encodes text of another encoding" do
    expect(described_class.text("gr\u00FCn".encode("ISO-8859-1"))).to eq("gr\u00FCn")
  end

  it "replaces what is no text" do
    expect([described_class.text("gr\xFCn"), described_class.text("gr\xFCn".b)]).to all(eq("gr\uFFFDn"))
  end

  it "takes an encoding that Ruby cannot convert for UTF-8" do
    expect(described_class.text((+"gr\u00FCn\xFF").force_encoding("UTF-7"))).to eq("gr\u00FCn\uFFFD")
  end

  it "makes one line of many, of limited length" do
    expect([described_class.line("  one\ntwo"), described_class.line("long", limit: 2), described_class.line("")])
      .to eq(["one", "lo", ""])
  end

  it "looks into mappings and lists" do
    expect(described_class.deep("a\xFF" => ["\xFF", :b, 1, nil])).to eq("a\uFFFD" => ["\uFFFD", "b", 1, nil])
  end
end
