# frozen_string_literal: true

RSpec.describe MailRoom::Connection do
  let(:connection) { described_class.new(build_mailbox) }

  it "keeps the mailbox and the block" do
    block = proc {}
    connection.on_new_message(&block)

    expect([connection.mailbox.name, connection.new_message_handler]).to eq(["inbox", block])
  end

  it "leaves the work to particular connections" do
    %i[wait quit].each { |method| expect { connection.public_send(method) }.to raise_error(NotImplementedError) }
  end
end
