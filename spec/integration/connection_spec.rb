# frozen_string_literal: true

require "support/rspec"
require "timeout"

RSpec.describe "A connection without a coordinator", :integration do
  around { |example| Timeout.timeout(60) { example.run } }

  after { connections.each(&:quit) }

  let(:connections) { [] }
  let(:quiet) { { logger: { log_path: File::NULL } } }
  let(:mailbox) { MailRoom::Mailbox.new(settings(delivery_method: "noop", delivery_options: nil, **quiet)) }

  def connect(mailbox = self.mailbox)
    MailRoom::IMAP::Connection.new(mailbox).tap { |connection| connections << connection }
  end

  # Takes messages in a thread of its own until the connection is quit.
  def take(connection, taken, answer: ->(_) { true })
    connection.on_new_message { |message| answer.call(message.tap { taken << message }) }
    Thread.new { connection.wait until connection.disconnected? }
  end

  it "gives each message to the block, and marks it" do
    inbox.append(Mails.small(1), Mails.small(2))
    connection = connect
    taken = []
    connection.on_new_message { |message| taken << message }
    2.times { connection.wait }

    expect(taken).to all(be_a(MailRoom::IMAP::Message))
    expect(taken.map { |message| [message.uid, message.body] }).to eq([[1, Mails.small(1)], [2, Mails.small(2)]])
    Wait.until(what: "the marks") { inbox.unseen.zero? }
  end

  it "waits for a message to come" do
    connection = connect
    taken = Queue.new
    take(connection, taken)
    Wait.until(what: "idling") { connection.idling? }
    inbox.append(Mails.small(1))

    expect(taken.pop.body).to eq(Mails.small(1))
  end

  it "gives a message again that the block did not take" do
    inbox.append(Mails.small(1))
    answers = [false, true]
    taken = Queue.new
    take(connect, taken, answer: ->(_) { answers.shift })

    expect([taken.pop, taken.pop].map(&:uid)).to eq([1, 1])
    Wait.until(what: "the mark") { inbox.unseen.zero? }
  end

  it "waits no longer than the idle timeout" do
    mailbox.idle_timeout = 0.5
    connection = connect
    connection.on_new_message { raise "there is none" }
    2.times { connection.wait }

    expect(connection).to be_logged_in
  end

  it "may be quit by the block, which still gets its message marked" do
    inbox.append(Mails.small(1), Mails.small(2))
    connection = connect
    taken = []
    connection.on_new_message do |message|
      connection.quit
      taken << message
    end
    connection.wait

    expect([taken.map(&:uid), inbox.unseen, connection.disconnected?]).to eq([[1], 1, true])
  end

  it "leaves no session behind when opening it was interrupted" do
    server = TCPServer.new("127.0.0.1", 0)
    mailbox.port = server.addr[1]

    expect { Timeout.timeout(0.5) { MailRoom::IMAP::Connection.new(mailbox) } }.to raise_error(Timeout::Error)
    expect(server.accept.read).to eq("")
  ensure
    server.close
  end

  it "lets what the block raises pass, and keeps the message" do
    inbox.append(Mails.small(1))
    connection = connect
    connection.on_new_message { raise ArgumentError, "not in the mood" }

    expect { connection.wait }.to raise_error(ArgumentError, "not in the mood")
    expect(inbox.unseen).to eq(1)
  end

  it "knows how far it has got" do
    connection = connect
    expect([connection.logged_in?, connection.disconnected?]).to eq([true, false])
    Wait.until(what: "idling") { connection.idling? }
    expect(connection).not_to be_ready

    connection.quit
    expect([connection.logged_in?, connection.idling?, connection.disconnected?]).to eq([false, false, true])
  end

  it "is ended by quit in another thread" do
    connection = connect
    waiting = take(connection, [])
    connection.quit

    expect(waiting.join(5)).to be(waiting)
  end

  it "is refused with the reason when the mailbox cannot be opened" do
    mailbox.password = "wrong-#{inbox.password}"

    expect { connect }.to raise_error(
      MailRoom::Error, /\Amailbox "INBOX" of #{inbox.user}: LOGIN was answered NO: (?!.*#{inbox.password}).*failed/
    )
  end

  it "is not needed to watch a single mailbox in a thread" do
    inbox.append(Mails.small(1))
    watcher = MailRoom::MailboxWatcher.new(mailbox)
    watcher.run
    expect { watcher.run }.to raise_error(MailRoom::Error, /watched already/)
    Wait.until(what: "the mark") { inbox.unseen.zero? }
    states = [watcher.running?]
    watcher.quit

    expect(states << watcher.running?).to eq([true, false])
  end

  it "wants to know who takes messages" do
    expect { connect.wait }.to raise_error(MailRoom::Error, /on_new_message/)
  end
end
