# frozen_string_literal: true

RSpec.describe MailRoom::Check::Questions do
  it "has a question for each check, no two the same" do
    expect(described_class::TEXTS.values).to all(end_with("?"))
    expect(described_class::TEXTS.values.uniq.size).to eq(described_class::TEXTS.size)
  end

  it "calls what it does not know by its name" do
    expect([described_class.of("imap.login"), described_class.of("imap.new")])
      .to eq(["IMAP server credentials are correct?", "imap.new"])
  end
end
