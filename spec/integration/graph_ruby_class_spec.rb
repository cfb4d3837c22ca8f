# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"
require "timeout"

RSpec.describe "Ruby code on a mailbox on Microsoft Graph", :graph, :integration do
  describe "as a delivery class" do
    let(:folder) { Servers::Folder.new("recorded").tap { |made| disposables << made } }

    def recorder(behaviour: "accept", **others)
      options = { folder: folder.path, behaviour: behaviour }
      on_graph(delivery_method: nil, delivery_klass: "Recorder", delivery_options: options, **others)
    end

    def expect_recorded(*mails, limit: 30)
      processes.last.wait_until(limit, what: "the messages") { Dir[folder.join("*.eml")].size == mails.size }
      wait_for_read(limit: limit)
      expect(Dir[folder.join("*.eml")].map { |file| File.binread(file) }).to match_array(mails)
    end

    it "gets the bytes as they are" do
      mails = Mails.fixtures.values
      mails.each { |mail| account.deliver(mail) }
      program("run", recorder)
      expect_recorded(*mails)
    end

    %w[refuse_once raise_once].each do |behaviour|
      it "gets a mail again after #{behaviour}" do
        fill(1..2)
        program("run", recorder(behaviour: behaviour))
        expect_recorded(Mails.small(1), Mails.small(2), limit: 60)
      end
    end

    it "may be in the middle of a mail when the process is told to end" do
      fill([1])
      process = program("run", recorder(behaviour: "linger"))
      process.wait_until(what: "the delivery") { File.exist?(folder.join("attempts")) }
      process.term
      expect(process.exit_status(20)).to eq(0)
      expect(Dir[folder.join("*.eml")].size).to eq(1)
      expect(account.unread).to eq([])
    end
  end

  describe "with a connection of its own" do
    around { |example| Timeout.timeout(60) { example.run } }

    after { connections.each(&:quit) }

    let(:connections) { [] }

    def connect(**others)
      attributes = on_graph(delivery_method: "noop", delivery_options: nil, logger: { log_path: File::NULL }, **others)
      MailRoom::MicrosoftGraph::Connection.new(MailRoom::Mailbox.new(attributes)).tap { |made| connections << made }
    end

    it "gets each mail with its immutable id, and has it marked" do
      messages = fill(1..3)
      connection = connect
      taken = []
      connection.on_new_message { |message| taken << message }
      3.times { connection.wait }

      expect(taken.map { |message| [message.uid, message.body] }).to eq(messages.map { |one| [one.id, one.raw] })
      Wait.until(what: "the marks") { account.unread.empty? }
      expect(taken).to all(be_a(MailRoom::Message))
    end

    it "gets a mail that comes later, and one again that it did not take" do
      connection = connect
      taken = []
      connection.on_new_message { |message| (taken << message.uid).size > 1 }
      message = fill([1]).first
      connection.wait until taken.size == 2
      expect(taken).to eq([message.id, message.id])
      Wait.until(what: "the mark") { message.read? }
    end

    it "hears why it cannot be opened" do
      graph.application.client_secret = "renewed"
      expect { connect(name: "inbox", options: { client_secret: "guessed" }) }
        .to raise_error(MailRoom::Error, /AADSTS7000215/)
    end

    it "hears that there is no such folder" do
      expect { connect(name: "Suport") }.to raise_error(MailRoom::Error, /no folder is called "Suport"/)
    end
  end
end
