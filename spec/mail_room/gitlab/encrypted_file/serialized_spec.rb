# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::EncryptedFile::Serialized do
  it "reads every length that Marshal writes" do
    [0, 1, 122, 123, 255, 256, 65_535, 65_536, 300_000].each do |length|
      text = "x" * length
      expect(described_class.load(Marshal.dump(text)) == [text, :marshal]).to be(true), "#{length} bytes"
    end
  end

  it "makes UTF-8 of every encoding" do
    texts = %w[UTF-8 ISO-8859-1 UTF-16LE].map { |name| "gr\u00FCn".encode(name) }
    expect(texts.map { |text| described_class.load(Marshal.dump(text)) }).to all(eq(["gr\u00FCn", :marshal]))
  end

  it "takes bytes of no encoding, and of the locale C, for UTF-8" do
    texts = %w[BINARY US-ASCII].map { |name| (+"gr\u00FCn").force_encoding(name) }
    expect(texts.map { |text| described_class.load(Marshal.dump(text)) }).to all(eq(["gr\u00FCn", :marshal]))
  end

  it "reads what it has written" do
    %i[marshal json].each do |form|
      expect(described_class.load(described_class.dump("<\u00FC>\n", form))).to eq(["<\u00FC>\n", form])
    end
  end

  it "reads no other object, and nothing that is cut off or goes on" do
    whole = Marshal.dump("hello")
    others = [nil, 1, ["a"], { "a" => "b" }, 1.5].flat_map do |value|
      [Marshal.dump(value), JSON.generate(value)]
    end
    cut = (0...whole.bytesize).map { |length| whole.byteslice(0, length) }

    expect([*others, *cut, Marshal.dump(:a), "#{whole}T", whole.sub("hello", "hell"), whole.sub("ET", "E0")]
      .to_h { |payload| [payload, described_class.load(payload)] }.compact).to eq({})
  end
end
