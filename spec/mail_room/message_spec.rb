# frozen_string_literal: true

RSpec.describe MailRoom::Message do
  let(:message) { described_class.new(uid: 7, body: "hi") }

  it "has uid and body" do
    expect([message.uid, message.body]).to eq([7, "hi"])
  end

  it "equals a message with the same uid and body" do
    expect(message).to eq(described_class.new(uid: 7, body: "hi"))
    expect(message).not_to eq(described_class.new(uid: 8, body: "hi"))
    expect(message).not_to eq(described_class.new(uid: 7, body: "ho"))
    expect(message).not_to eq(MailRoom::IMAP::Message.new(uid: 7, body: "hi", seqno: 1))
  end
end
