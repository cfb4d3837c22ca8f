# frozen_string_literal: true

require "open3"
require "shellwords"
require "support/rspec"

# What an operator asks about a mail: "why did it not become an issue?"
RSpec.describe "mail_room explain", :integration do
  let(:folder) { Servers::Folder.new("explain").tap { |made| disposables << made } }
  let(:address) { "incoming+%{key}@gitlab.example.com" }
  let(:fields) do
    %w[file mailbox auto_generated mail_key header value handler error project_id project_slug project_path token
       issue_iid differs_from_gitlab]
  end

  # @return [Array] what it printed, and its exit status
  def explain(*arguments, stdin: "", env: {})
    command = [*MailRoomProcess::COMMAND, "explain", *arguments]
    output, errors, status = Open3.capture3(env, *command, chdir: MailRoomProcess::ROOT, stdin_data: stdin)
    [output, errors, status.exitstatus]
  end

  # @return [Array<Hash>] lines of JSON
  def lines(output)
    output.force_encoding("UTF-8")
    expect(output).to be_valid_encoding
    output.lines.map { |line| JSON.parse(line) }
  end

  def write(name, text)
    folder.write(name, text)
    folder.join(name)
  end

  def configure(**settings)
    write("mail_room.yml", YAML.dump(mailboxes: [settings]))
  end

  it "tells people, file by file" do
    files = %w[new_issue auto_reply].map { |name| "spec/fixtures/mails/#{name}.eml" }
    output, errors, status = explain("--address", address, *files)
    told = /\A#{files[0]}\n  GitLab opens an issue.*\n\n#{files[1]}\n  GitLab drops it as an auto-reply/m
    expect(output).to match(told)
    expect([output.include?("Zx8kQm3vTpLw9RbN"), errors, status]).to eq([false, "", 0])
  end

  it "prints what the README says" do
    examples = File.read(File.join(MailRoomProcess::ROOT, "README.md"), encoding: "UTF-8")
                   .scan(/^\$ mail_room explain ((?:.*\\\n)*.*)\n((?:(?!```).*\n)*)/)
    expect(examples.size).to eq(2)
    examples.each do |arguments, printed|
      output, _, status = explain(*Shellwords.split(arguments.gsub("\\\n", "")))
      expect([output.force_encoding("UTF-8"), status]).to eq([printed, 0])
    end
  end

  it "tells programs, a line for each file, with these fields in this order" do
    files = Dir[File.join(Mails::FOLDER, "*.eml")]
    output, errors, status = explain("--address", address, "--format", "json", *files, files.first)
    told = lines(output)
    expect(told.map(&:keys)).to all(eq(fields))
    expect(told.map { |line| line["file"] }).to eq([*files, files.first])
    expect([errors, status]).to eq(["", 0])
    issue = told.find { |line| line["file"].end_with?("new_issue.eml") }
    expect(issue).to include("handler" => "create_issue", "project_id" => 42, "token" => "Zx8kQm3vTpLw9RbN")
  end

  it "reads standard input, and pipes" do
    output, _, status = explain("--address", address, "--format", "json", "-", stdin: Mails.fixture("new_issue"))
    expect([lines(output).first.values_at("file", "handler"), status]).to eq([%w[- create_issue], 0])
    expect(explain("--address", address, "-").first).to include("EmptyEmailError")
  end

  it "explains the others when a file cannot be read, and says so" do
    missing = "a\e[31mb"
    output, errors, status = explain("--address", address, "--format", "json", missing, folder.join("."),
                                     write("mail.eml", Mails.fixture("reply")), write("empty", ""))
    expect(lines(output).map { |line| line.values_at("handler", "error") })
      .to eq([["create_note", nil], [nil, "EmptyEmailError"]])
    expect(errors).to match(/\Amail_room: a\\x1B\[31mb: cannot be read: No such file.*\n.*: Is a directory\n\z/)
    expect(status).to eq(1)
  end

  it "takes names and values of any bytes, in any locale" do
    file = write("m\xFCll\xE9.eml", "To: \xFF\xFEx@example.com\nDelivered-To: incoming+\xE9@gitlab.example.com\n\n".b)
    output, errors, status = explain("--address", address, "--format", "json", file, env: { "LC_ALL" => "C" })
    expect(lines(output).first).to include("file" => /m\uFFFDll\uFFFD.eml\z/, "mail_key" => "\uFFFD")
    expect([errors, status]).to eq(["", 0])
    expect(explain("--address", address, file, env: { "LC_ALL" => "C" }).values_at(1, 2)).to eq(["", 0])
  end

  it "ends quietly when nobody listens any more" do
    files = Dir[File.join(Mails::FOLDER, "*.eml")] * 20
    command = [*MailRoomProcess::COMMAND, "explain", "--address", address, *files]
    output, errors, = Open3.capture3("#{Shellwords.join(command)} | head -n 1", chdir: MailRoomProcess::ROOT)
    expect([output.lines.size, errors]).to eq([1, ""])
  end

  it "tells when it cannot write" do
    command = [*MailRoomProcess::COMMAND, "explain", "--address", address, "-"]
    _, errors, status = Open3.capture3("#{Shellwords.join(command)} > /dev/full", chdir: MailRoomProcess::ROOT)
    expect([errors, status.exitstatus]).to eq(["mail_room: explain: standard output: No space left on device\n", 1])
  end

  it "takes the addresses of a configuration, without connecting or opening a log" do
    log = folder.join("log.json")
    config = configure(email: "a@example.com", password: "secret", host: "127.0.0.1", port: 1, name: "inbox",
                       logger: { log_path: log }, delivery_method: "sidekiq",
                       delivery_options: { redis_url: "redis://127.0.0.1:1", worker: "ServiceDeskEmailReceiverWorker" },
                       incoming_email: { address: "help+%{key}@example.com", host: "gitlab.example.com" })
    output, errors, status = explain("-c", config, "--format", "json", "-", stdin: "To: help+acme-shop@example.com\n\n")
    expect(lines(output).first).to include("mailbox" => "service_desk_email", "handler" => "service_desk")
    expect([errors, status, File.exist?(log)]).to eq(["", 0, false])
  end

  it "says which key is missing in a configuration" do
    config = configure(email: "a@example.com", name: "inbox")
    expect(explain("-c", config, "-"))
      .to eq(["", "mail_room: #{config}: no mailbox has incoming_email.address, where GitLab takes mail; add it, " \
                  "or use --address\n", 1])
  end

  it "reads no more of a large file than matters" do
    file = write("large.eml", "To: #{address.sub('%{key}', 'acme/shop+token')}\n\n")
    File.truncate(file, 400 * 1024 * 1024)
    output, _, status = explain("--address", address, "--format", "json", file)
    expect([lines(output).first["handler"], status]).to eq(["create_issue", 0])
  end
end
