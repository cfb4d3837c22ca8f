# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"
require "timeout"

# As connection_spec.rb, for mailboxes on Microsoft Graph.
RSpec.describe "A connection to Microsoft Graph without a coordinator", :graph, :integration do
  around { |example| Timeout.timeout(30) { example.run } }

  after { connections.each(&:quit) }

  let(:connections) { [] }
  let(:settings) { on_graph(delivery_method: "noop", logger: { log_path: File::NULL }) }

  def connect(**others)
    MailRoom::MicrosoftGraph::Connection.new(MailRoom::Mailbox.new(settings.merge(others)))
                                        .tap { |connection| connections << connection }
  end

  it "gives each message to the block by its immutable id, oldest first, and marks it" do
    later, sooner = [2, 1].map { |number| account.deliver(Mails.small(number), received: Time.at(number)) }
    connection = connect
    taken = []
    connection.on_new_message { |message| taken << message }
    2.times { connection.wait }

    expect(taken).to eq([[sooner, 1], [later, 2]].map do |message, number|
      MailRoom::Message.new(uid: message.id, body: Mails.small(number))
    end)
    Wait.until(what: "the marks") { [sooner, later].all?(&:read?) }
  end

  it "waits for a message to come, and no longer than poll_interval" do
    connection = connect
    taken = []
    connection.on_new_message { |message| taken << message.body }
    connection.wait
    expect([taken, connection.logged_in?]).to eq([[], true])
    account.deliver(Mails.small(1))
    connection.wait until taken.any?

    expect(taken).to eq([Mails.small(1)])
  end

  it "gives a message again that the block did not take" do
    message = account.deliver(Mails.small(1))
    connection = connect
    answers = [false, true]
    taken = []
    connection.on_new_message { |given| answers[(taken << given.uid).size - 1] }
    connection.wait until taken.size == 2

    expect(taken).to eq([message.id, message.id])
    Wait.until(what: "the mark") { message.read? }
  end

  it "is refused with the reason when the folder cannot be opened" do
    expect { connect(name: "Nowhere") }
      .to raise_error(MailRoom::Error, /\Amailbox "Nowhere" of support@example.com: .*no folder is called "Nowhere"/)
    wrong = graph.inbox_options(client_secret: "guessed-secret")
    expect { connect(inbox_options: wrong) }
      .to raise_error(MailRoom::Error, /no access token: (?!.*guessed-secret).*AADSTS7000215/)
  end
end
