# frozen_string_literal: true

RSpec.describe MailRoom::IncomingEmail::Token do
  {
    "acme-website-42-Zx8kQm3vTpLw-issue" => "acme-website-42-Zx8k…-issue",
    "incoming+acme-website-42-Zx8kQm3vTpLw-issue-7@example.com" => "incoming+acme-website-42-Zx8k…-issue-7@example.com",
    "<INCOMING+acme-1-web-42-Zx8kQm3vTpLw-MERGE-request@x>" => "<INCOMING+acme-1-web-42-Zx8k…-MERGE-request@x>",
    "incoming+acme/website+Zx8kQm3vTpLw@example.com" => "incoming+acme/website+Zx8k…@example.com",
    "acme/website+merge-request+Zx8kQm3vTpLw" => "acme/website+merge-request+Zx8k…",
    "To: in+acme-42-Zx8kQm3vTpLw-issue@x.org is of" => "To: in+acme-42-Zx8k…-issue@x.org is of",
    "acme-website-42-Zx8kQm3vTpLw9RbN@example.com" => "acme-website-42-Zx8k…@example.com",
    "acme-website-42-glimt-Zx8kQm3vTpLw9RbN" => "acme-website-42-glimt-Zx8k…",
    "acme-42-short-issue" => "acme-42-…-issue",
    "acme-1-web-42-issue-" => "acme-1-web-42-issue-",
    "in+a-42-Zx8kQm3vTpLw-issue@x, in+b-43-Yw8kQm3vTpLw-issue@x" => "in+a-42-Zx8k…-issue@x, in+b-43-Yw8k…-issue@x",
    "in+a/b+Zx8kQm3vTpLw@x,in+c/d+Yw8kQm3vTpLw@x" => "in+a/b+Zx8k…@x,in+c/d+Yw8k…@x",
    "somewhere glimt-Zx8kQm3vTpLw9RbN" => "somewhere glimt-Zx8k…",
    "4b1c9e7702d35fa8c6e01a94d7f3b285" => "4b1c…",
    "<reply-4b1c9e7702d35fa8c6e01a94d7f3b285@x> <reply-5B1C9E7702D35FA8C6E01A94D7F3B285@x>" =>
      "<reply-4b1c…@x> <reply-5B1C…@x>",
    "in+4b1c9e7702d35fa8c6e01a94d7f3b285-unsubscribe@x" => "in+4b1c…-unsubscribe@x",
    "in+ab1-1x2y3z4a5b6c7d8e9f0g1h2i3@x" => "in+ab1-…@x",
    "in+1-1x2y3z4a5b6c7d8e9f0g1h2i3-9z-unsubscribe@x" => "in+1-1x…-unsubscribe@x",
    "in+1-1x2y3z4a5b6c7d8e9f0g1h2i3-unsubscribe@x" => "in+1-1x…-unsubscribe@x",
    "4b1c9e7702d35fa8c6e01a94d7f3b2850 is longer" => "4b1c9e7702d35fa8c6e01a94d7f3b2850 is longer"
  }.each do |text, masked|
    it "shows #{text} as #{masked}" do
      expect(described_class.mask(text)).to eq(masked)
    end
  end

  it "finds a token that is known anywhere" do
    expect(described_class.mask("a Zx8kQm3vTpLw b Zx8kQm3vTpLw", "Zx8kQm3vTpLw")).to eq("a Zx8k… b Zx8k…")
    expect(described_class.mask("Zx8kQm3vTpLw", "Zx8kQm3vTpLw")).to eq("Zx8k…")
  end

  it "cuts what is too long to be an address" do
    ["-1" * 5_000_000, "/" * 5_000_000, "@-1-1" * 1_000_000, "a" * 5_000_000].each do |text|
      expect(described_class.mask(text).size).to be_between(900, 1001)
    end
    expect(described_class.mask("#{'a ' * 490}4b1c9e7702d35fa8c6e01a94d7f3b285 x")).not_to include("4b1c9")
  end

  it "does not look for a short token in other text" do
    expect(described_class.mask("incoming", "in")).to eq("incoming")
    expect(described_class.mask("in", "in")).to eq("…")
    expect(described_class.mask("", "")).to eq("")
  end
end
