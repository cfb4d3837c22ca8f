# frozen_string_literal: true

RSpec.describe MailRoom::Explain::Shown do
  it "leaves text that can be read" do
    expect(described_class.text("Grüße aus 東京 👍")).to eq("Grüße aus 東京 👍")
  end

  it "writes what a terminal would obey, or nobody sees" do
    expect(described_class.text("\e[2J\a\0\x7F\u0085\u009B")).to eq('\x1B[2J\x07\x00\x7F\x85\x9B')
    expect(described_class.text("\u202Egpj.exe\u200B\u2028x")).to eq('\u{202E}gpj.exe\u{200B}\u{2028}x')
    expect(described_class.text("a\r\nb")).to eq('a\x0D\x0Ab')
  end

  it "unfolds" do
    expect(described_class.text("a,\r\n b,\n\tc")).to eq('a, b,\x09c')
  end

  it "is valid UTF-8 whatever it is made of" do
    expect(described_class.text("\xFFa".b)).to eq("\uFFFDa")
    expect(described_class.text("ü".encode("UTF-16LE"))).to eq("ü")
  end

  it "cuts what is long, after the block" do
    expect(described_class.text("abcdef", limit: 3)).to eq("abc…")
    expect(described_class.text("abcdef", limit: 3) { |text| text.sub("bcd", "") }).to eq("aef")
    expect(described_class.text("x" * 1_000_000).size).to eq(121)
  end
end
