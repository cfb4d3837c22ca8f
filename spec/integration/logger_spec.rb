# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Deliveries without a receiver", :integration do
  let(:folder) { Servers::Folder.new("logger").tap { |folder| disposables << folder } }
  let(:file) { folder.join("mails.log") }

  # The head of a line of Ruby's Logger, up to the message.
  head = /^I, \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #(\d+)\]  INFO -- : /

  describe "logger" do
    it "writes each message as Ruby's Logger writes it" do
      inbox.append(Mails.fixture("reply"), Mails.fixture("latin1"))
      process = mail_room(settings(delivery_method: "logger", delivery_options: { log_path: file }))
      process.wait_until(what: "the marks") { inbox.unseen.zero? }

      text = File.binread(file)
      expect(text.scan(head).flatten.uniq.size).to eq(1)
      # Bytes as they are, and a line end after each message, as Ruby's Logger does.
      mails = text.split(head).drop(1).each_slice(2).map(&:last)
      expect(mails).to eq([Mails.fixture("reply"), Mails.fixture("latin1")].map { |mail| "#{mail}\n".b })
    end

    it "adds to what stands in the file" do
      File.write(file, "# an earlier line\n")
      inbox.append(Mails.fixture("reply"))
      process = mail_room(settings(delivery_method: "logger", delivery_options: { log_path: file }))
      process.wait_until(what: "the mark") { inbox.unseen.zero? }
      expect(File.binread(file)).to match(/\A# an earlier line\nI, /)
    end
  end

  describe "noop" do
    it "marks the messages, and that is all" do
      inbox.append(Mails.fixture("reply"))
      process = mail_room(settings(delivery_method: "noop", delivery_options: {}))
      process.wait_until(what: "the mark") { inbox.unseen.zero? }
      expect(redis.client.keys).to eq([])
    end
  end
end
