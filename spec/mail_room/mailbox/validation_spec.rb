# frozen_string_literal: true

require "tempfile"

RSpec.describe MailRoom::Mailbox::Validation do
  def error_of(**attributes)
    build_mailbox(**attributes)
    nil
  rescue MailRoom::ConfigurationError => error
    error
  end

  it "passes a mailbox with nothing wrong in it" do
    expect(error_of).to be_nil
  end

  %i[name email password host port].each do |field|
    it "refuses a mailbox without #{field}, in the words of gitlab-mail_room" do
      name = { name: "nil of support@example.com", email: '"inbox" of nobody' }
      expect(error_of(field => nil).message)
        .to eq("Field :#{field} is required in Mailbox: #{name.fetch(field, '"inbox" of support@example.com')}")
    end
  end

  it "tells no secret of a mailbox with a missing field" do
    expect(error_of(host: nil, delivery_token: "t0ken").message).not_to match(/hunter2|t0ken/)
  end

  it "refuses an idle timeout of more than 29 minutes, in the words of gitlab-mail_room" do
    error = error_of(idle_timeout: 1741)

    expect(error).to be_a(MailRoom::IdleTimeoutTooLarge)
    expect(error.message).to eq("Please use an idle timeout smaller than 1740 to prevent IMAP server disconnects " \
                                '(mailbox "inbox" of support@example.com)')
    expect(error_of(idle_timeout: 1740)).to be_nil
  end

  it "says that delivery_method is missing when nothing says how to deliver" do
    [{}, { delivery_options: { content_type: "text/plain" } }].each do |options|
      expect(error_of(delivery_method: nil, **options).message)
        .to eq('mailbox "inbox" of support@example.com: delivery_method is missing; one of letter_opener, logger, ' \
               "noop, postback, que, sidekiq")
    end
  end

  it "does not say so when there is a URL, since postback is the default" do
    [{ delivery_url: "http://localhost" }, { delivery_options: { "delivery_url" => "http://localhost" } },
     { delivery_options: { url: "http://localhost" } }].each do |options|
      expect(error_of(delivery_method: nil, **options)&.message.to_s).not_to include("is missing")
    end
  end

  it "says which gem letter_opener needs" do
    allow(MailRoom::Delivery::LetterOpener)
      .to receive(:require).and_raise(LoadError, "cannot load such file -- letter_opener")

    expect(error_of(delivery_method: "letter_opener").message)
      .to eq('mailbox "inbox" of support@example.com: delivery_method "letter_opener" needs the gem letter_opener, ' \
             "installed and in the Gemfile: cannot load such file -- letter_opener")
  end

  it "names the delivery that was probably meant" do
    expect(error_of(delivery_method: "sidekik").message)
      .to include('delivery_method "sidekik" is unknown (did you mean "sidekiq"?); available: letter_opener, logger, ')
  end

  it "does not load files by the name of a delivery" do
    expect(error_of(delivery_method: "../../version").message).to include("is unknown")
  end

  it "refuses an unknown arbitration" do
    expect(error_of(arbitration_method: "coin").message).to include('arbitration_method "coin" is unknown')
  end

  describe "of a mailbox on Microsoft Graph" do
    def graph_error_of(**attributes)
      error_of(**graph_attributes(**attributes))
    end

    it "asks for no server and no password, with a secret or a certificate" do
      expect(graph_error_of).to be_nil
      expect(graph_error_of(inbox_method: :microsoft_graph, port: nil)).to be_nil
      expect(graph_error_of(inbox_options: { "client_secret" => "s", client_secret: nil })).to be_nil
    end

    %i[name email].each do |field|
      it "refuses one without #{field}, in the words of gitlab-mail_room" do
        expect(graph_error_of(field => nil).message).to start_with("Field :#{field} is required in Mailbox: ")
      end
    end

    %i[tenant_id client_id client_secret].each do |option|
      it "refuses one without #{option}, in the words of gitlab-mail_room, and without a secret" do
        choice = " (or client_certificate_path)" if option == :client_secret
        [nil, ""].each do |nothing|
          expect(graph_error_of(inbox_options: { option => nothing }).message)
            .to eq("inbox_options :#{option} is missing in Mailbox: \"inbox\" of support@example.com#{choice}")
        end
      end
    end

    it "does not ask for a secret beside a certificate" do
      missing = { client_secret: nil, client_certificate_path: "/nowhere/mail_room.pem" }
      expect(graph_error_of(inbox_options: missing)&.message.to_s).not_to include("client_secret")
    end

    it "refuses one without inbox_options, in the words of gitlab-mail_room" do
      [nil, {}].each do |options|
        expect(error_of(**graph_attributes, inbox_options: options).message)
          .to eq('Missing inbox_options in Mailbox: "inbox" of support@example.com')
      end
      expect(error_of(**graph_attributes, inbox_options: "client_id").message)
        .to end_with("inbox_options must be a mapping, not String")
    end

    it "takes empty text for what was left out" do
      empty = { client_certificate_path: "", poll_interval: "", azure_ad_endpoint: "", graph_endpoint: "" }
      expect(graph_error_of(inbox_options: empty)).to be_nil
    end

    it "is what a mailbox with inbox_options and no password was meant to be" do
      expect(error_of(inbox_options: { tenant_id: "12345" }, password: nil).message)
        .to eq('Field :password is required in Mailbox: "inbox" of support@example.com ' \
               "(inbox_options is for inbox_method: microsoft_graph)")
    end

    it "takes settings that say nothing to it" do
      expect(graph_error_of(idle_timeout: 86_400, expunge_deleted: true, start_tls: true, search_command: "ALL"))
        .to be_nil
    end
  end

  it "does not send tokens to a server that nobody named" do
    oauth2 = { token_url: "https://login.example.com/", client_id: "a", client_secret: "b" }
    expect(error_of(oauth2: oauth2, password: nil, host: nil).message).to include("Field :host is required")
    expect(error_of(oauth2: oauth2, password: nil, host: "imap.example.com")).to be_nil
  end

  it "asks for no password with password_file, and looks at the file" do
    Tempfile.create("password") do |file|
      file.write("hunter2\n")
      file.close
      expect(error_of(password: nil, password_file: file.path)).to be_nil
      expect(error_of(password_file: file.path).message)
        .to eq('mailbox "inbox" of support@example.com: password_file stands beside password: leave one of them out')
    end
    expect(error_of(password: nil, password_file: "").message).to end_with(": password is required (or password_file)")
    expect(error_of(password: nil, password_file: "/nowhere/password").message)
      .to include("password_file cannot be used (/nowhere/password: No such file")
  end

  it "knows each preset of oauth2 that has a host" do
    MailRoom::Mailbox::PRESET_HOSTS.each_key do |preset|
      oauth2 = { preset: preset, tenant_id: ("12345" if preset == "microsoft365"), client_id: "a",
                 client_secret: "b", refresh_token: "c" }
      expect(error_of(oauth2: oauth2.compact, password: nil)).to be_nil
    end
  end

  it "names the inbox_method that was probably meant" do
    expect(error_of(inbox_method: "microsoft-graph").message)
      .to include('"microsoft-graph" is unknown (did you mean "microsoft_graph"?); available: imap, microsoft_graph')
  end

  it "wants Options of the class, its modules or its parent, and not those of the program" do
    stub_const("Options", Class.new)
    child = Class.new(delivery_class)

    expect(build_mailbox(delivery_klass: child)).to be_handed_over
    expect { build_mailbox(delivery_klass: Class.new) }.to raise_error(MailRoom::ConfigurationError, /constant Options/)
  end

  it "refuses a delivery_klass that is no class with Options" do
    expect(["Forwarder", Class.new, Object.new].map { |klass| error_of(delivery_klass: klass).message })
      .to all(end_with("delivery_klass must be a class with a constant Options"))
  end

  { port: "imaps", idle_timeout: "a minute", search_command: {}, ssl: { verify_mode: "maybe" },
    delivery_options: "queue", arbitration_options: [], password: true }.each do |key, value|
    it "names mailbox and key when #{key} is ill-typed" do
      expect(error_of(key => value).message).to include(key.to_s, "inbox").and(not_include("hunter2"))
    end
  end

  it "names mailbox and key in one way, whoever finds the mistake" do
    mistakes = [{ delivery_options: "queue" }, { delivery_method: "sidekiq", delivery_options: { worker: true } }]

    expect(mistakes.map { |mistake| error_of(**mistake).message })
      .to all(start_with('mailbox "inbox" of support@example.com: delivery_options'))
  end

  { { incoming_email: "incoming@example.com" } => "incoming_email must be a mapping, but is text",
    { incoming_email: { host: "example.com" } } => "incoming_email.address is required",
    { incoming_email: { address: "incoming" } } => "incoming_email.address must be an address such as " \
                                                   "incoming+%{key}@example.com",
    { incoming_email: { address: "a@example.com", mailbox_type: "inbox" } } =>
      "incoming_email.mailbox_type must be incoming_email or service_desk_email",
    { filter: "skip" } => "filter must be a mapping, but is text",
    { filter: { auto_generated: "drop" } } => "filter.auto_generated must be deliver, skip or quarantine",
    { filter: { "bounces" => true } } => "filter.bounces must be deliver, skip or quarantine",
    { filter: { unmatched: :skip } } => "filter.unmatched needs incoming_email.address",
    { filter: { unmatched: :skip }, incoming_email: { address: "a+%{key}@example.com" } } =>
      "filter.unmatched needs incoming_email.mailbox_type with this delivery",
    { first_run_limit: -1 } => "first_run_limit must be a whole number, 0 or more" }.each do |settings, problem|
    it "names mailbox and key for #{settings}" do
      expect([{}, { delivery_klass: delivery_class }].map { |delivery| error_of(**settings, **delivery).message })
        .to all(eq("mailbox \"inbox\" of support@example.com: #{problem}"))
    end
  end

  it "passes a filter that is switched off, and one that knows whom mail is for" do
    [{ filter: { unmatched: "deliver", bounces: nil } }, { filter: nil, incoming_email: nil, first_run_limit: nil },
     { filter: { unmatched: "skip" }, incoming_email: { address: "a+%{key}@example.com", host: "example.com",
                                                        mailbox_type: "incoming_email" } }]
      .each { |settings| expect(error_of(**settings)).to be_nil }
  end

  it "leaves the options of a Ruby class alone" do
    expect(error_of(delivery_klass: delivery_class, delivery_options: "queue")).to be_nil
  end

  it "does not tell a password that is ill-typed" do
    expect(error_of(password: { "s3cret" => "s3cret" }).message).not_to include("s3cret")
  end
end
