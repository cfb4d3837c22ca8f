# frozen_string_literal: true

RSpec.describe MailRoom::Keys do
  it "makes symbols of strings and leaves other keys alone" do
    expect(described_class.symbolize("host" => 1, ssl: { "a" => 2 }, 3 => 4)).to eq(host: 1, ssl: { "a" => 2 }, 3 => 4)
  end

  it "finds the key that was probably meant" do
    expect(described_class.nearest(:pasword, MailRoom::MAILBOX_FIELDS)).to eq(:password)
    expect(described_class.nearest("zzz", MailRoom::MAILBOX_FIELDS)).to be_nil
  end

  it "finds none for a key that is no text" do
    expect(described_class.nearest(true, MailRoom::MAILBOX_FIELDS)).to be_nil
  end
end
