# frozen_string_literal: true

RSpec.describe MailRoom::Colour do
  def stream(tty: true)
    StringIO.new.tap { |made| allow(made).to receive(:tty?).and_return(tty) }
  end

  it "paints at a terminal" do
    expect(described_class.new(stream, env: {}).paint("no", :red)).to eq("\e[31mno\e[0m")
  end

  it "leaves text alone elsewhere" do
    expect(described_class.new(stream(tty: false), env: {}).paint("no", :red)).to eq("no")
    [{ "NO_COLOR" => "1" }, { "TERM" => "dumb" }].each do |env|
      expect(described_class.new(stream, env: env).paint("no", :red)).to eq("no")
    end
    expect(described_class.new(stream, env: { "NO_COLOR" => "" }).paint("no", :red)).to include("\e")
  end

  it "knows its colours, also where there are none" do
    expect { described_class.new(stream(tty: false), env: {}).paint("no", :purple) }.to raise_error(KeyError)
  end
end
