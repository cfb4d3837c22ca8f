# frozen_string_literal: true

RSpec.describe MailRoom::IMAP::Message do
  let(:message) { described_class.new(uid: 7, body: "hi", seqno: 1) }

  it "has uid, body and sequence number" do
    expect([message.uid, message.body, message.seqno]).to eq([7, "hi", 1])
  end

  it "equals a message with the same uid, body and sequence number" do
    expect(message).to eq(described_class.new(uid: 7, body: "hi", seqno: 1))
    expect(message).not_to eq(described_class.new(uid: 7, body: "hi", seqno: 2))
    expect(message).not_to eq(MailRoom::Message.new(uid: 7, body: "hi"))
  end
end
