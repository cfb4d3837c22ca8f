# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::Delivery::Logger do
  around { |example| Dir.mktmpdir { |folder| Dir.chdir(folder) { example.run } } }

  def deliver(**attributes)
    mailbox = build_mailbox(delivery_method: "logger", **attributes)
    mailbox.delivery.deliver("Subject: gr\xFCn\r\n\r\n".b)
  end

  it "appends each message to the log of the mailbox, byte for byte" do
    2.times { expect(deliver(log_path: "mails.log")).to be(true) }

    expect(File.binread("mails.log").scan("INFO -- : Subject: gr\xFCn\r\n\r\n".b).size).to eq(2)
  end

  ["log_path", :log_path].each do |key|
    it "finds the path among the delivery options, as #{key.inspect}" do
      deliver(delivery_options: { key => "mails.log" })

      expect(File.binread("mails.log")).to include("Subject: gr")
    end
  end

  it "does not accept what could not be written" do
    expect { deliver(log_path: "/dev/full") }
      .to raise_error(MailRoom::Error, /\Athe message log is not available: No space left/)
  end

  it "writes to standard output without a path" do
    expect { build_mailbox(delivery_method: "logger").delivery.deliver("Subject: hi") }
      .to output(/INFO -- : Subject: hi/).to_stdout
  end
end
